/*
 * A sheet of facts about a healthy lineage, and what its services may show instead.
 */
#ifndef TESTS_UNIT_APP_WHY_SHEET_H
#define TESTS_UNIT_APP_WHY_SHEET_H

#include "app/why/facts.h"
#include "base/alloc.h"

#define NOW 1767323045 /* 2026-01-02T03:04:05Z */
#define DAY 86400

struct sheet {
	struct fact_machine machine;
	struct facts facts;
};

static void set(char **text, const char *value)
{
	REPLACE(*text, xstrdup(value));
}

/* A lineage by webroot, valid for sixty more days, whose name is this machine's. */
static void begin(struct sheet *sheet)
{
	struct facts *facts = &sheet->facts;
	struct fact_name *name;
	struct fact_probe *probe;

	fact_machine_init(&sheet->machine);
	sheet->machine.now = NOW;
	sheet->machine.has_public[0] = sheet->machine.has_public[1] = true;
	sheet->machine.http_port = 80;
	sheet->machine.timers.is_known = true;
	set(&sheet->machine.timers.ours, "certbot.timer");
	strvec_push(&sheet->machine.own, "192.0.2.10");
	facts_init(facts, "a.test", &sheet->machine);
	name = facts_add_name(facts, "a.test");
	probe = &name->probes[0];
	set(&name->zone, "a.test");
	name->is_known = true;
	name->probe_count = 1;
	set(&probe->address, "192.0.2.10");
	probe->is_own = true;
	probe->outcome = PROBE_ANSWERED;
	probe->status = 404;
	strvec_push(&probe->hops, "http://a.test/.well-known/acme-challenge/certbot-why");
	set(&facts->ca.host, "ca.test");
	strvec_push(&facts->ca.caa_identities, "ca.test");
	set(&facts->ca.account_uri, "https://ca.test/acct/1");
	set(&facts->lineage.name, "a.test");
	set(&facts->lineage.authenticator, "webroot");
	set(&facts->lineage.webroot, "/srv/a");
	facts->lineage.challenge = ACME_HTTP_01;
	facts->lineage.http_port = 80;
	facts->lineage.has_cert = true;
	facts->lineage.not_before = NOW - 30 * DAY;
	facts->lineage.not_after = NOW + 60 * DAY;
	facts->lineage.due_at = NOW + 30 * DAY;
}

static void end(struct sheet *sheet)
{
	facts_release(&sheet->facts);
	fact_machine_release(&sheet->machine);
}

static void fail_with(struct facts *facts, const char *problem, const char *text)
{
	set(&facts->failure.text, text);
	set(&facts->failure.code, "challenge");
	if (problem)
		set(&facts->failure.problem, problem);
	facts->failure.count = 1;
}

static void overdue(struct sheet *sheet)
{
	sheet->facts.lineage.not_after = NOW + 20 * DAY;
	sheet->facts.lineage.not_before = NOW - 70 * DAY;
	sheet->facts.lineage.due_at = NOW - 10 * DAY;
}

/* A place of --prove. */
static struct fact_service *place(struct sheet *sheet)
{
	struct fact_service *service = &sheet->facts.services[sheet->facts.service_count++];

	*service = (struct fact_service){.port = 25, .is_named = true};
	set(&service->address, "mail.a.test");
	set(&service->host, "a.test");
	return service;
}

static void service_former(struct sheet *sheet)
{
	struct fact_service *service = place(sheet);

	service->shows = SERVICE_SHOWS_FORMER;
	service->since = NOW - 30 * DAY;
	set(&service->serial, "4ab");
}

static void service_another(struct sheet *sheet)
{
	place(sheet)->shows = SERVICE_SHOWS_ANOTHER;
}

static void service_closed(struct sheet *sheet)
{
	place(sheet)->outcome = PROBE_REFUSED;
}

/* A mail server that lets strangers wait. */
static void service_silent(struct sheet *sheet)
{
	place(sheet)->outcome = PROBE_SILENT;
}

static void service_current(struct sheet *sheet)
{
	place(sheet)->shows = SERVICE_SHOWS_CURRENT;
}

/* An installer's server that is stopped: nobody said that it should run. */
static void socket_closed(struct sheet *sheet)
{
	service_closed(sheet);
	sheet->facts.services[0].is_named = false;
}

#endif
