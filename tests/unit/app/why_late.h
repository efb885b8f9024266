/*
 * Sheets of renewals that failed when all names were validated already.
 */
#ifndef TESTS_UNIT_APP_WHY_LATE_H
#define TESTS_UNIT_APP_WHY_LATE_H

#include "why_sheet.h"

static void fail_late(struct sheet *sheet, const char *problem, const char *text)
{
	sheet->facts.names[0].is_missing = true;
	fail_with(&sheet->facts, problem, text);
	set(&sheet->facts.failure.code, "acme");
}

/* All names were validated before the CA saw the CSR. */
static void csr_that_the_ca_refuses(struct sheet *sheet)
{
	fail_late(sheet, "unauthorized", "cannot finalize the order: different number of DNSnames");
}

static void order_that_the_ca_ends(struct sheet *sheet)
{
	fail_late(sheet, "connection", "cannot get the certificate: no issuer");
}

static void caa_that_is_looked_up_again(struct sheet *sheet)
{
	fail_late(sheet, "caa", "cannot finalize the order: CAA lookup failed");
}

#endif
