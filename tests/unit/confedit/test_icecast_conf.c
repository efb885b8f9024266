/* Reading and editing Icecast's configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/icecast/icecast_conf.h"

static void test_reads_what_counts(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
		"<icecast>\n"
		"  <location>Z\xfcrich</location><!-- <hostname>no</hostname> -->\n"
		"  <hostname>old</hostname><hostname> radio.<![CDATA[lab]]>&#46;test </hostname>\n"
		"  <listen-socket><port>8000</port><!-- <ssl>1</ssl> --></listen-socket>\n"
		"  <listen-socket>\n <port>1</port><port>8443</port><ssl>1</ssl>\n"
		"    <bind-address>127.0.0.1</bind-address>\n  </listen-socket>\n"
		"  <listen-socket><port>x</port><ssl>0</ssl></listen-socket>\n"
		"  <!-- <listen-socket><port>9</port></listen-socket> -->\n"
		"  <listen-socket><tls>auto_no_plain</tls></listen-socket>\n"
		"  <paths><ssl-certificate>/a &amp; b.pem</ssl-certificate></paths>\n"
		"  <security><chroot>1</chroot></security>\n"
		"</icecast>\n";
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	static const struct icecast_socket sockets[] = {
		{NULL, 8000, false}, {NULL, 8443, true}, {NULL, 0, false}, {NULL, 0, true}};

	assert_int_equal(icecast_conf_read(span_of(text), "f", &conf, &err), 0);
	assert_string_equal(conf.hostname, "radio.lab.test");
	assert_string_equal(conf.certificate, "/a & b.pem");
	assert_true(conf.has_tls && conf.is_rooted);
	assert_int_equal(conf.socket_count, ARRAY_LEN(sockets));
	for (size_t i = 0; i < ARRAY_LEN(sockets); i++) {
		assert_int_equal(conf.sockets[i].port, sockets[i].port);
		assert_int_equal(conf.sockets[i].is_tls, sockets[i].is_tls);
	}
	assert_string_equal(conf.sockets[1].address, "127.0.0.1");
	assert_null(conf.sockets[0].address);
}

static void test_reads_where_release_2_5_has_the_pair(void **state)
{
	static const char text[] =
		"<icecast><paths><ssl-certificate>/old</ssl-certificate></paths><tls-context>"
		"<tls-certificate>/c</tls-certificate><tls-key>/k</tls-key></tls-context></icecast>";
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(icecast_conf_read(span_of(text), "f", &conf, &err), 0);
	assert_string_equal(conf.certificate, "/c");
	assert_string_equal(conf.key, "/k");
}

static void test_says_where_the_text_is_wrong(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "cannot read 'f': line 1: no element found"},
		{"<icecast>\n<paths>\n</icecast>\n", "cannot read 'f': line 3: mismatched tag"},
		{"<icecast>\n<!-- \n", "cannot read 'f': line 2: unclosed token"},
		{"<shoutcast/>", "cannot read 'f': its root element is not <icecast>"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(icecast_conf_read(span_of(cases[i].text), "f", &conf, &err),
				 ERR_PARSE);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void test_a_text_with_nul_bytes_is_refused(void **state)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(icecast_conf_read(span_make("<\0i\0", 4), "f", &conf, &err), ERR_PARSE);
}

static bool set_certificate(struct strbuf *text)
{
	return icecast_conf_set_certificate(text, "/x&y");
}

static bool add_socket(struct strbuf *text)
{
	return icecast_conf_add_socket(text, 8443);
}

static void check_edit(bool (*edit)(struct strbuf *text), const char *before, const char *after)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, before);
	assert_int_equal(edit(&text), after != NULL);
	assert_string_equal(text.text, after ? after : before);
	if (after) {
		AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(
			icecast_conf_read(span_make(text.text, text.len), "f", &conf, &err), 0);
	}
}

#define PEM "<ssl-certificate>/x&amp;y</ssl-certificate>"

static void test_sets_the_certificate_and_keeps_the_rest(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: unchanged */
	} cases[] = {
		{"<icecast/>", "<icecast><paths>" PEM "</paths></icecast>"},
		{"<icecast>\n\t<limits>\n\t</limits>\n</icecast>\n",
		 "<icecast>\n\t<limits>\n\t</limits>\n\t<paths>" PEM "</paths>\n</icecast>\n"},
		{"<icecast>\r\n  <paths>\r\n    <x/>\r\n  </paths>\r\n</icecast>\r\n",
		 "<icecast>\r\n  <paths>\r\n    <x/>\r\n    " PEM
		 "\r\n  </paths>\r\n</icecast>\r\n"},
		{"<icecast><paths></paths></icecast>", "<icecast><paths>" PEM "</paths></icecast>"},
		{"<icecast><paths/></icecast>", "<icecast><paths>" PEM "</paths></icecast>"},
		{"<icecast><paths><!-- " PEM " --></paths></icecast>",
		 "<icecast><paths><!-- " PEM " -->" PEM "</paths></icecast>"},
		{"<icecast><paths><ssl-certificate\n>/old</ssl-certificate ></paths></icecast>",
		 "<icecast><paths>" PEM "</paths></icecast>"},
		{"<icecast><paths><ssl-certificate>1</ssl-certificate>"
		 "<ssl-certificate>2</ssl-certificate></paths></icecast>",
		 "<icecast><paths><ssl-certificate>1</ssl-certificate>" PEM "</paths></icecast>"},
		{"<icecast><paths><ssl-certificate><![CDATA[/x&y]]></ssl-certificate></paths>"
		 "</icecast>",
		 NULL},
		/* Of release 2.5. */
		{"<icecast><tls-context><tls-certificate>1</tls-certificate><tls-key>2</tls-key>"
		 "</tls-context><paths/></icecast>",
		 "<icecast><tls-context><tls-certificate>/x&amp;y</tls-certificate>"
		 "<tls-key>/x&amp;y</tls-key></tls-context><paths/></icecast>"},
		{"<icecast><paths><tls-certificate>1</tls-certificate></paths></icecast>",
		 "<icecast><paths><tls-certificate>/x&amp;y</tls-certificate></paths></icecast>"},
		{"<icecast><tls-context><tls-allowed-ciphers>A</tls-allowed-ciphers></tls-context>"
		 "</icecast>",
		 "<icecast><tls-context><tls-allowed-ciphers>A</tls-allowed-ciphers></tls-context>"
		 "<paths>" PEM "</paths></icecast>"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_edit(set_certificate, cases[i].before, cases[i].after);
}

static void test_adds_a_socket_after_the_last_one(void **state)
{
	check_edit(add_socket,
		   "<icecast>\n    <listen-socket>\n        <port>1</port>\n    </listen-socket>\n"
		   "    <!-- <listen-socket/> -->\n</icecast>\n",
		   "<icecast>\n    <listen-socket>\n        <port>1</port>\n    </listen-socket>\n"
		   "    <listen-socket>\n        <port>8443</port>\n        <ssl>1</ssl>\n"
		   "    </listen-socket>\n"
		   "    <!-- <listen-socket/> -->\n</icecast>\n");
	check_edit(add_socket, "<icecast><port>8000</port></icecast>", NULL);
}

static void test_turns_tls_on_for_the_first_socket(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"<icecast><listen-socket><ssl>0</ssl></listen-socket><listen-socket/></icecast>",
		 "<icecast><listen-socket><ssl>1</ssl></listen-socket><listen-socket/></icecast>"},
		{"<icecast><listen-socket><port>1</port></listen-socket></icecast>",
		 "<icecast><listen-socket><port>1</port><ssl>1</ssl></listen-socket></icecast>"},
		{"<icecast><listen-socket><ssl> 1 </ssl></listen-socket></icecast>", NULL},
		{"<icecast><listen-socket><tls>disabled</tls></listen-socket></icecast>",
		 "<icecast><listen-socket><tls>1</tls></listen-socket></icecast>"},
		{"<icecast><listen-socket><tls>auto</tls></listen-socket></icecast>", NULL},
		{"<icecast/>", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_edit(icecast_conf_secure_first, cases[i].before, cases[i].after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_counts),
		cmocka_unit_test(test_reads_where_release_2_5_has_the_pair),
		cmocka_unit_test(test_says_where_the_text_is_wrong),
		cmocka_unit_test(test_a_text_with_nul_bytes_is_refused),
		cmocka_unit_test(test_sets_the_certificate_and_keeps_the_rest),
		cmocka_unit_test(test_adds_a_socket_after_the_last_one),
		cmocka_unit_test(test_turns_tls_on_for_the_first_socket),
	};

	return cmocka_run_group_tests_name("icecast_conf", tests, NULL, NULL);
}
