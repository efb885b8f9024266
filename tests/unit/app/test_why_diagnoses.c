/* Each diagnosis over a sheet of facts that differs from a healthy one by what it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/why/diagnoses.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "why_fleet.h"
#include "why_late.h"
#include "why_sheet.h"

static void refused(struct sheet *sheet)
{
	fail_with(&sheet->facts, "unauthorized", "Invalid response: 404");
}

/* ---- What each row is about ---- */

static void disk_full(struct sheet *sheet)
{
	set(&sheet->machine.full, "/etc/letsencrypt");
}

static void disk_read_only(struct sheet *sheet)
{
	set(&sheet->machine.read_only, "/etc/letsencrypt");
	overdue(sheet);
}

static void conf_broken(struct sheet *sheet)
{
	set(&sheet->facts.lineage.error, "line 3 is no key");
}

static void key_unusable(struct sheet *sheet)
{
	strvec_push(&sheet->facts.lineage.faults, "the private key does not match");
}

static void files_mismatched(struct sheet *sheet)
{
	strvec_push(&sheet->facts.lineage.faults, "fullchain.pem is not cert.pem and chain.pem");
}

static void clock_wrong(struct sheet *sheet)
{
	sheet->facts.ca.date = NOW;
	sheet->facts.ca.here = NOW - 3 * DAY;
}

static void plugin_missing(struct sheet *sheet)
{
	set(&sheet->facts.lineage.plugin_error, "dns-nowhere is not installed");
}

static void credentials_missing(struct sheet *sheet)
{
	set(&sheet->facts.lineage.credentials, "/root/none.ini");
}

static void csr_missing(struct sheet *sheet)
{
	set(&sheet->facts.lineage.csr, "/srv/a.csr");
}

static void webroot_missing(struct sheet *sheet)
{
	set(&sheet->facts.lineage.webroot_error, "'/srv/a' is not a directory");
}

static void hook_missing(struct sheet *sheet)
{
	set(&sheet->facts.lineage.hook, "deploy-hook command x not found");
}

static void account_unusable(struct sheet *sheet)
{
	set(&sheet->facts.ca.account_error, "cannot read private_key.json");
}

static void autorenew_off(struct sheet *sheet)
{
	overdue(sheet);
	sheet->facts.lineage.is_off = true;
}

static void revoked(struct sheet *sheet)
{
	sheet->facts.lineage.is_revoked = true;
}

static void second_revoked(struct sheet *sheet)
{
	sheet->facts.lineage.second.type = "rsa";
	sheet->facts.lineage.second.is_revoked = true;
}

static void second_left(struct sheet *sheet)
{
	sheet->facts.lineage.second.left = "rsa";
	set(&sheet->facts.lineage.second.remedy, "certbot renew --key-type rsa");
}

static void timer_disabled(struct sheet *sheet)
{
	REPLACE(sheet->machine.timers.ours, NULL);
	set(&sheet->machine.timers.disabled, "certbot.timer");
}

static void timer_missing(struct sheet *sheet)
{
	REPLACE(sheet->machine.timers.ours, NULL);
	overdue(sheet);
}

static void two_clients(struct sheet *sheet)
{
	set(&sheet->machine.timers.other, "snap.certbot.renew.timer");
	set(&sheet->machine.timers.other_client, "/snap/bin/certbot");
}

static void ca_unreachable(struct sheet *sheet)
{
	overdue(sheet);
	set(&sheet->facts.ca.error, "cannot resolve 'ca.test'");
}

static void account_deactivated(struct sheet *sheet)
{
	fail_with(&sheet->facts, "unauthorized", "Account has been deactivated");
}

static void account_unknown(struct sheet *sheet)
{
	fail_with(&sheet->facts, "accountDoesNotExist", "no such account");
}

static void account_binding(struct sheet *sheet)
{
	fail_with(&sheet->facts, "externalAccountRequired", "the binding has expired");
}

static void dnssec_bogus(struct sheet *sheet)
{
	sheet->facts.names[0].is_bogus = true;
}

static void dns_silent(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].is_known = false;
	sheet->facts.names[0].probe_count = 0;
	set(&sheet->facts.names[0].resolver_error, "the resolver answers SERVFAIL");
}

static void no_such_name(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].is_missing = true;
	sheet->facts.names[0].probe_count = 0;
}

static void caa(struct sheet *sheet, const char *record)
{
	set(&sheet->facts.names[0].caa.owner, "a.test");
	strvec_push(&sheet->facts.names[0].caa.records, record);
}

static void caa_critical(struct sheet *sheet)
{
	caa(sheet, "128 tbs \"x\"");
}

static void caa_account(struct sheet *sheet)
{
	caa(sheet, "0 issue \"ca.test; accounturi=https://ca.test/acct/2\"");
}

static void caa_method(struct sheet *sheet)
{
	caa(sheet, "0 issue \"ca.test; validationmethods=dns-01\"");
}

static void caa_issuer(struct sheet *sheet)
{
	caa(sheet, "0 issue \"other.test\"");
}

static void caa_unanswered(struct sheet *sheet)
{
	fail_with(&sheet->facts, "caa", "SERVFAIL looking up CAA");
	sheet->facts.names[0].caa.is_failed = true;
}

static void challenge_alias(struct sheet *sheet)
{
	sheet->facts.lineage.challenge = ACME_DNS_01;
	set(&sheet->facts.names[0].challenge_alias, "x.gone.test");
	set(&sheet->facts.names[0].alias_error, "there is no such zone");
}

static void not_everywhere(struct sheet *sheet)
{
	refused(sheet);
	set(&sheet->facts.names[0].disagreement, "ns1 has serial number 5, ns2 has 4");
}

static void no_address(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].probe_count = 0;
}

static void port_taken(struct sheet *sheet)
{
	fail_with(&sheet->facts, NULL, "port 80 is in use");
	set(&sheet->facts.lineage.authenticator, "standalone");
	strvec_push(&sheet->machine.on_http, "nginx");
}

static void move_away(struct sheet *sheet, enum probe_outcome outcome)
{
	struct fact_probe *probe = &sheet->facts.names[0].probes[0];

	refused(sheet);
	set(&probe->address, "192.0.2.99");
	probe->is_own = false;
	probe->outcome = outcome;
}

static void address_elsewhere(struct sheet *sheet)
{
	move_away(sheet, PROBE_SILENT);
}

static void another_server(struct sheet *sheet)
{
	move_away(sheet, PROBE_ANSWERED);
}

static void address_remembered(struct sheet *sheet)
{
	refused(sheet);
	set(&sheet->facts.names[0].cached, "192.0.2.99");
}

static void add_address(struct sheet *sheet, const char *address)
{
	struct fact_probe *probe = &sheet->facts.names[0].probes[1];

	refused(sheet);
	sheet->facts.names[0].probe_count = 2;
	set(&probe->address, address);
	probe->outcome = PROBE_SILENT;
}

static void aaaa_elsewhere(struct sheet *sheet)
{
	add_address(sheet, "2001:db8::99");
}

static void a_elsewhere(struct sheet *sheet)
{
	add_address(sheet, "192.0.2.99");
}

static void port_closed(struct sheet *sheet)
{
	fail_with(&sheet->facts, "connection", "connection refused");
	sheet->facts.names[0].probes[0].outcome = PROBE_REFUSED;
}

static void redirect_broken(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].probes[0].is_loop = true;
}

static void redirect_elsewhere(struct sheet *sheet)
{
	refused(sheet);
	strvec_push(&sheet->facts.names[0].probes[0].hops, "https://b.test/");
}

static void address_differs(struct sheet *sheet)
{
	fail_with(&sheet->facts, "connection", "198.51.100.7: Connection refused");
}

static void server_error(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].probes[0].status = 503;
}

static void options_refused(struct sheet *sheet)
{
	fail_with(&sheet->facts, NULL, "Missing properties in credentials file");
	set(&sheet->facts.failure.code, "config");
}

static void port_filtered(struct sheet *sheet)
{
	fail_with(&sheet->facts, "connection", "timeout during connect");
}

static void challenge_forbidden(struct sheet *sheet)
{
	refused(sheet);
	sheet->facts.names[0].probes[0].status = 403;
}

static void txt_not_found(struct sheet *sheet)
{
	fail_with(&sheet->facts, "unauthorized", "No TXT record found at _acme-challenge.a.test");
	sheet->facts.lineage.challenge = ACME_DNS_01;
	set(&sheet->facts.lineage.authenticator, "dns-rfc2136");
}

static void rate_limited(struct sheet *sheet)
{
	fail_with(&sheet->facts, "rateLimited", "too many certificates already issued");
	set(&sheet->facts.failure.code, "rate-limited");
}

static void hook_failed(struct sheet *sheet)
{
	fail_with(&sheet->facts, NULL, "manual-auth-hook ended with status 1");
	set(&sheet->facts.failure.code, "plugin");
}

static void plugin_failed(struct sheet *sheet)
{
	fail_with(&sheet->facts, NULL, "the API answers 401");
	set(&sheet->facts.failure.code, "plugin");
}

static void deploy_owed(struct sheet *sheet)
{
	sheet->facts.lineage.deploy_owed = true;
}

static void outputs_owed(struct sheet *sheet)
{
	sheet->facts.lineage.outputs_owed = true;
}

static void reload_owed(struct sheet *sheet)
{
	sheet->facts.lineage.reload_owed = true;
}

static void old_shown(struct sheet *sheet)
{
	set(&sheet->facts.lineage.old_leaf, "a.test at 192.0.2.10:443 shows number 1");
}

static void proof_owed(struct sheet *sheet)
{
	sheet->facts.lineage.proof_owed = true;
}

static void unknown(struct sheet *sheet)
{
	fail_with(&sheet->facts, "serverInternal", "something broke");
	set(&sheet->facts.failure.code, "acme");
}

struct world {
	const char *id;
	void (*spoil)(struct sheet *sheet);
};
static const struct world worlds[] = {
	{"disk-full", disk_full},
	{"disk-read-only", disk_read_only},
	{"files-unusable", conf_broken},
	{"key-unusable", key_unusable},
	{"files-mismatched", files_mismatched},
	{"clock-wrong", clock_wrong},
	{"plugin-missing", plugin_missing},
	{"credentials-missing", credentials_missing},
	{"csr-missing", csr_missing},
	{"webroot-missing", webroot_missing},
	{"hook-missing", hook_missing},
	{"account-unusable", account_unusable},
	{"autorenew-off", autorenew_off},
	{"revoked", revoked},
	{"revoked", second_revoked},
	{"timer-disabled", timer_disabled},
	{"timer-missing", timer_missing},
	{"two-clients", two_clients},
	{"ca-unreachable", ca_unreachable},
	{"account-deactivated", account_deactivated},
	{"account-unknown", account_unknown},
	{"account-binding", account_binding},
	{"fleet-not-configured", fleet_not_configured},
	{"fleet-not-joined", fleet_not_joined},
	{"fleet-key", fleet_key},
	{"fleet-store-away", fleet_store_away},
	{"fleet-store-unusable", fleet_store_unusable},
	{"fleet-half-adopted", fleet_half_adopted},
	{"fleet-name-taken", fleet_name_taken},
	{"fleet-older", fleet_older},
	{"fleet-busy", fleet_busy},
	{"fleet-failed", fleet_failed},
	{"dnssec-bogus", dnssec_bogus},
	{"dns-silent", dns_silent},
	{"dns-no-such-name", no_such_name},
	{"caa-critical", caa_critical},
	{"caa-account", caa_account},
	{"caa-method", caa_method},
	{"caa-issuer", caa_issuer},
	{"caa-unanswered", caa_unanswered},
	{"challenge-alias", challenge_alias},
	{"dns-not-everywhere", not_everywhere},
	{"dns-no-address", no_address},
	{"address-differs", address_differs},
	{"port-taken", port_taken},
	{"address-elsewhere", address_elsewhere},
	{"address-remembered", address_remembered},
	{"aaaa-elsewhere", aaaa_elsewhere},
	{"a-elsewhere", a_elsewhere},
	{"port-closed", port_closed},
	{"redirect-broken", redirect_broken},
	{"another-server", another_server},
	{"redirect-elsewhere", redirect_elsewhere},
	{"port-filtered", port_filtered},
	{"challenge-forbidden", challenge_forbidden},
	{"server-error", server_error},
	{"webroot-mismatch", refused},
	{"txt-not-found", txt_not_found},
	{"rate-limited", rate_limited},
	{"hook-failed", hook_failed},
	{"options-refused", options_refused},
	{"plugin-failed", plugin_failed},
	{"deploy-hook-owed", deploy_owed},
	{"outputs-owed", outputs_owed},
	{"reload-owed", reload_owed},
	{"old-certificate-shown", old_shown},
	{"service-old-certificate", service_former},
	{"service-another-certificate", service_another},
	{"service-closed", service_closed},
	{"proof-owed", proof_owed},
	{"second-key-left", second_left},
	{"unknown", unknown},
	{"unknown-overdue", overdue},
};

static void test_each_cause_is_found(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(worlds); i++) {
		struct sheet sheet;
		AUTO(finding) struct finding finding = FINDING_INIT;
		AUTO_FREE char *remedy = NULL;

		begin(&sheet);
		worlds[i].spoil(&sheet);
		diagnose(&sheet.facts, &finding);
		assert_non_null(finding.row);
		assert_string_equal(finding.row->id, worlds[i].id);
		assert_true(finding.cause.len > 10);
		remedy = diagnosis_remedy(&sheet.facts, &finding);
		assert_non_null(remedy);
		assert_null(strchr(remedy, '{'));
		end(&sheet);
	}
}

/* ---- What may be taken for something else ---- */

/* The name of the lineage is in the text of each fault. */
static void monkey_without_chain(struct sheet *sheet)
{
	set(&sheet->facts.lineage.key_path, "/live/monkey.test/privkey.pem");
	strvec_push(&sheet->facts.lineage.faults, "cannot use '/live/monkey.test/chain.pem'");
}

static void monkey_without_key(struct sheet *sheet)
{
	set(&sheet->facts.lineage.key_path, "/live/monkey.test/privkey.pem");
	strvec_push(&sheet->facts.lineage.faults, "cannot use '/live/monkey.test/privkey.pem'");
}

static void servers_of_a_network(struct sheet *sheet)
{
	another_server(sheet);
	set(&sheet->facts.names[0].disagreement, "ns1 has 192.0.2.99, ns2 has 192.0.2.98");
}

static void providers_with_serials(struct sheet *sheet)
{
	refused(sheet);
	set(&sheet->facts.names[0].serials, "ns1 has serial number 5, ns2 has 2026010100");
}

static void record_on_its_way(struct sheet *sheet)
{
	txt_not_found(sheet);
	set(&sheet->facts.names[0].serials, "ns1 has serial number 5, ns2 has 4");
}

static void ipv6_that_is_not_here(struct sheet *sheet)
{
	aaaa_elsewhere(sheet);
	sheet->facts.names[0].probes[1].outcome = PROBE_UNREACHABLE;
}

static void ipv6_where_the_ca_was(struct sheet *sheet)
{
	ipv6_that_is_not_here(sheet);
	fail_with(&sheet->facts, "connection", "2001:db8::99: Connection refused");
}

static void ca_that_was_here(struct sheet *sheet)
{
	aaaa_elsewhere(sheet);
	set(&sheet->facts.names[0].cached, "192.0.2.99");
	set(&sheet->facts.names[0].disagreement, "ns1 has 192.0.2.10, ns2 has 192.0.2.99");
	set(&sheet->facts.failure.text, "192.0.2.10: Invalid response: 404");
}

static void redirect_that_nginx_leaves_out(struct sheet *sheet)
{
	redirect_broken(sheet);
	set(&sheet->facts.lineage.authenticator, "nginx");
}

static void login_that_apache_leaves_out(struct sheet *sheet)
{
	challenge_forbidden(sheet);
	set(&sheet->facts.lineage.authenticator, "apache");
}

static void redirect_that_cannot_be_followed(struct sheet *sheet)
{
	redirect_elsewhere(sheet);
	sheet->facts.names[0].probes[0].outcome = PROBE_UNREACHABLE;
}

static void former_name_of_sectigo(struct sheet *sheet)
{
	refused(sheet);
	caa(sheet, "0 issue \"comodoca.com\"");
	strvec_push(&sheet->facts.ca.caa_identities, "sectigo.com");
}

static const struct world lookalikes[] = {
	{"unknown", csr_that_the_ca_refuses},          {"unknown", order_that_the_ca_ends},
	{"dns-no-such-name", caa_that_is_looked_up_again},
	{"files-mismatched", monkey_without_chain},    {"key-unusable", monkey_without_key},
	{"another-server", servers_of_a_network},      {"webroot-mismatch", providers_with_serials},
	{"dns-not-everywhere", record_on_its_way},     {"webroot-mismatch", ipv6_that_is_not_here},
	{"aaaa-elsewhere", ipv6_where_the_ca_was},     {"webroot-mismatch", ca_that_was_here},
	{"unknown", redirect_that_nginx_leaves_out},   {"unknown", login_that_apache_leaves_out},
	{"unknown", redirect_that_cannot_be_followed}, {"webroot-mismatch", former_name_of_sectigo},
};

static void test_lookalikes_are_told_apart(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++) {
		struct sheet sheet;
		AUTO(finding) struct finding finding = FINDING_INIT;

		begin(&sheet);
		lookalikes[i].spoil(&sheet);
		diagnose(&sheet.facts, &finding);
		assert_non_null(finding.row);
		if (strcmp(finding.row->id, lookalikes[i].id) != 0)
			fail_msg("number %zu is taken for '%s'", i, finding.row->id);
		end(&sheet);
	}
}

/* When the CA came, which nobody here has seen. */
static void test_a_server_that_answers_now_may_have_been_down(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;

	begin(&sheet);
	port_filtered(&sheet);
	diagnose(&sheet.facts, &finding);
	assert_non_null(strstr(finding.cause.text, "was down, or"));
	end(&sheet);
}

/* The second of two, since the first shows what it should. */
static void test_old_certificate_of_a_service_is_named(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;

	begin(&sheet);
	service_current(&sheet);
	service_former(&sheet);
	set(&sheet.facts.services[1].address, "2001:db8::1");
	diagnose(&sheet.facts, &finding);
	assert_string_equal(finding.cause.text,
			    "the service at [2001:db8::1]:25 shows an old certificate (serial 4ab, "
			    "out of date since 2025-12-03)");
	end(&sheet);
}

static void test_what_was_not_looked_at_is_not_seen_to_be_well(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;

	begin(&sheet);
	unknown(&sheet);
	sheet.facts.is_unlooked = true;
	diagnose(&sheet.facts, &finding);
	assert_non_null(strstr(finding.cause.text, "no time to look from outside"));
	end(&sheet);
}

static void test_what_an_alias_lacks_is_the_targets(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;
	AUTO_FREE char *remedy = NULL;

	begin(&sheet);
	no_address(&sheet);
	strvec_push(&sheet.facts.names[0].aliases, "web.b.test");
	diagnose(&sheet.facts, &finding);
	assert_non_null(
		strstr(finding.cause.text, "a.test is an alias of web.b.test, which has no"));
	remedy = diagnosis_remedy(&sheet.facts, &finding);
	assert_non_null(strstr(remedy, "record for web.b.test"));
	end(&sheet);
}

static void test_address_of_the_ca_is_found(void **state)
{
	static const struct {
		const char *text, *address;
	} rows_of_cas[] = {
		{"192.0.2.1: Invalid response from http://a.test/x: 404", "192.0.2.1"},
		{"2001:DB8::1: Timeout during connect", "2001:db8::1"},
		{"Get \"http://a.test:80/x\": dial tcp [2001:db8::10]:80: connect: refused",
		 "2001:db8::10"},
		{"dial tcp 192.0.2.10:80: connect: connection refused", "192.0.2.10"},
		{"During secondary validation: 192.0.2.1: Fetching http://a.test", "192.0.2.1"},
		{"NXDOMAIN looking up A for a.test", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows_of_cas); i++) {
		struct sheet sheet;
		AUTO_FREE char *address = NULL;

		begin(&sheet);
		fail_with(&sheet.facts, "connection", rows_of_cas[i].text);
		address = failure_address(&sheet.facts);
		assert_true(str_eq_or_null(address, rows_of_cas[i].address) ||
			    (!address && !rows_of_cas[i].address));
		end(&sheet);
	}
}

static void test_names_after_a_hundred_are_counted(void **state)
{
	struct sheet sheet;

	begin(&sheet);
	for (int i = 1; i < FACTS_MAX_NAMES; i++)
		assert_non_null(facts_add_name(&sheet.facts, "x.test"));
	assert_null(facts_add_name(&sheet.facts, "y.test"));
	assert_int_equal(sheet.facts.names_left, 1);
	end(&sheet);
}

static void test_a_domain_without_a_certificate_has_nothing_to_renew(void **state)
{
	char domain[] = "www.a.example";
	const struct diagnosis row = {.id = "row", .remedy = "wait; then test: {test}"};
	const struct facts facts = {.subject = domain};
	const struct finding finding = {.row = &row};
	AUTO_FREE char *remedy = diagnosis_remedy(&facts, &finding);

	assert_string_equal(remedy, "wait; then test: certbot certonly -d www.a.example --dry-run");
}

static bool is_in_worlds(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(worlds); i++)
		if (strcmp(worlds[i].id, id) == 0)
			return true;
	return false;
}

static void test_no_row_is_left_out(void **state)
{
	static const struct diagnosis *const groups[] = {diagnoses_here, diagnoses_names,
							 diagnoses_after};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (const struct diagnosis *row = groups[i]; row->id; row++) {
			if (!is_in_worlds(row->id))
				fail_msg("no sheet for '%s'", row->id);
		}
}

static void test_a_healthy_lineage_has_no_cause(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;

	begin(&sheet);
	diagnose(&sheet.facts, &finding);
	assert_null(finding.row);
	assert_null(diagnosis_remedy(&sheet.facts, &finding));
	end(&sheet);
}

/* What is odd and no fault as long as nothing has failed: a proxy in front, a closed port, an
 * address elsewhere. */
static void test_the_way_is_no_fault_of_a_healthy_lineage(void **state)
{
	static void (*const odd[])(struct sheet * sheet) = {
		another_server,  address_elsewhere,  aaaa_elsewhere, port_closed,
		redirect_broken, redirect_elsewhere, dns_silent,     no_address,
		not_everywhere,  caa_unanswered,     port_taken,     service_silent,
		service_current, socket_closed,
	};

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct sheet sheet;
		AUTO(finding) struct finding finding = FINDING_INIT;

		begin(&sheet);
		odd[i](&sheet);
		fact_failure_release(&sheet.facts.failure);
		diagnose(&sheet.facts, &finding);
		if (finding.row)
			fail_msg("number %zu is taken for '%s'", i, finding.row->id);
		end(&sheet);
	}
}

/* Behind a router no address of the name is this machine's own, which shows nothing. */
static void test_translated_addresses_are_not_wrong(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;

	begin(&sheet);
	move_away(&sheet, PROBE_SILENT);
	sheet.machine.has_public[0] = false;
	diagnose(&sheet.facts, &finding);
	assert_string_equal(finding.row->id, "unknown");
	end(&sheet);
}

/* The CA blamed one of two names: the other one's oddities explain nothing. */
static void test_only_the_name_that_failed_counts(void **state)
{
	struct sheet sheet;
	AUTO(finding) struct finding finding = FINDING_INIT;
	struct fact_name *other;

	begin(&sheet);
	refused(&sheet);
	other = facts_add_name(&sheet.facts, "b.test");
	other->is_known = other->is_missing = true;
	set(&sheet.facts.failure.identifier, "a.test");
	diagnose(&sheet.facts, &finding);
	assert_string_equal(finding.row->id, "webroot-mismatch");
	end(&sheet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cause_is_found),
		cmocka_unit_test(test_lookalikes_are_told_apart),
		cmocka_unit_test(test_a_server_that_answers_now_may_have_been_down),
		cmocka_unit_test(test_old_certificate_of_a_service_is_named),
		cmocka_unit_test(test_what_was_not_looked_at_is_not_seen_to_be_well),
		cmocka_unit_test(test_what_an_alias_lacks_is_the_targets),
		cmocka_unit_test(test_address_of_the_ca_is_found),
		cmocka_unit_test(test_names_after_a_hundred_are_counted),
		cmocka_unit_test(test_a_domain_without_a_certificate_has_nothing_to_renew),
		cmocka_unit_test(test_no_row_is_left_out),
		cmocka_unit_test(test_a_healthy_lineage_has_no_cause),
		cmocka_unit_test(test_the_way_is_no_fault_of_a_healthy_lineage),
		cmocka_unit_test(test_translated_addresses_are_not_wrong),
		cmocka_unit_test(test_only_the_name_that_failed_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
