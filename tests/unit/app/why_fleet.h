/*
 * What a lineage of a fleet may suffer from: sheets for each cause of diagnoses_fleet.c.
 */
#ifndef TESTS_UNIT_APP_WHY_FLEET_H
#define TESTS_UNIT_APP_WHY_FLEET_H

#include "why_sheet.h"

/* A member whose certificate is the newest. */
static struct fleet_view *in_fleet(struct sheet *sheet)
{
	struct fleet_view *fleet = &sheet->facts.fleet;

	fleet->is_configured = fleet->is_member = fleet->is_looked = true;
	fleet->here = fleet->there = 3;
	return fleet;
}

static void fleet_not_configured(struct sheet *sheet)
{
	sheet->facts.fleet.here = 1;
}

static void fleet_not_joined(struct sheet *sheet)
{
	sheet->facts.fleet.is_configured = true;
}

static void fleet_fails(struct sheet *sheet, enum err_code code)
{
	in_fleet(sheet)->is_looked = false;
	error_set(&sheet->facts.fleet.error, code, "it says no");
}

static void fleet_key(struct sheet *sheet)
{
	fleet_fails(sheet, ERR_CONFIG);
}

static void fleet_store_away(struct sheet *sheet)
{
	fleet_fails(sheet, ERR_NETWORK);
}

static void fleet_store_unusable(struct sheet *sheet)
{
	fleet_fails(sheet, ERR_REFUSED);
}

static void fleet_half_adopted(struct sheet *sheet)
{
	in_fleet(sheet)->there = 0;
}

static void fleet_name_taken(struct sheet *sheet)
{
	in_fleet(sheet)->here = 0;
}

static void fleet_older(struct sheet *sheet)
{
	in_fleet(sheet)->there = 4;
}

static void fleet_busy(struct sheet *sheet)
{
	overdue(sheet);
	set(&in_fleet(sheet)->owner, "node b");
}

static void fleet_failed(struct sheet *sheet)
{
	struct fleet_view *fleet = in_fleet(sheet);

	overdue(sheet);
	set(&fleet->failed_on, "node b");
	set(&fleet->problem, "a limit is reached");
	fleet->next_try = NOW + 3600;
}

#endif
