/* XML of a provider's answers: what is read, what is refused, and what we send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/xml.h"

static struct xml *parsed(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct xml *root = NULL;

	if (xml_parse(text, strlen(text), "answer", &root, &err) < 0)
		fail_msg("%s", err.text);
	return root;
}

static void test_elements_and_text_are_found(void **state)
{
	AUTO(xml) struct xml *root = parsed(
		"<?xml version=\"1.0\"?>\n<!-- c --><List xmlns=\"https://example.test/doc/\">\n"
		" <Zone private='no'><Name> a.example.test. </Name><Id>1</Id></Zone>"
		"<Zone><Name>b&#46;example&amp;&lt;<![CDATA[<&]]></Name></Zone><Empty/></List>");
	const struct xml *first = xml_at(root, 0), *second = xml_at(root, 1);

	assert_string_equal(xml_name(root), "List");
	assert_string_equal(xml_text(root), "");
	assert_string_equal(xml_find_text(first, "Name"), "a.example.test.");
	assert_string_equal(xml_find_text(first, "Id"), "1");
	assert_string_equal(xml_find_text(second, "Name"), "b.example&<<&");
	assert_null(xml_find_text(second, "Id"));
	assert_string_equal(xml_find_text(root, "Empty"), "");
	assert_ptr_equal(xml_find(root, "Zone"), first);
	assert_null(xml_at(root, 3));
	assert_string_equal(xml_attribute(first, "private"), "no");
	assert_null(xml_attribute(second, "private"));
	assert_true(xml_says(first, "private", "No"));
	assert_false(xml_says(first, "private", "n"));
	assert_false(xml_says(second, "private", "no"));
	assert_false(xml_says(NULL, "private", "no"));
	assert_null(xml_find(xml_find(root, "Nothing"), "Name"));
}

static const char *refusal(const char *text, size_t len, struct error *err)
{
	struct xml *root = NULL;

	assert_int_equal(xml_parse(text, len, "answer", &root, err), ERR_PARSE);
	assert_null(root);
	return err->text;
}

static void test_what_is_no_document_is_refused(void **state)
{
	static const char *const bad[] = {
		"",           "{\"a\":1}",        "<a>",         "<a></b>",
		"<a/><b/>",   "<a>&unknown;</a>", "<a>\x01</a>", "<a>\xff</a>",
		"<a b=c/>",   "<a b='1' b='2'/>", "text<a/>",    "<a><![CDATA[x</a>",
		"<a>\n</a>x",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		refusal(bad[i], strlen(bad[i]), &err);
	}
}

static void test_error_names_document_and_line(void **state)
{
	static const char text[] = "<a>\n<b>\n</a>";
	AUTO(error) struct error err = ERROR_INIT;

	assert_string_equal(refusal(text, strlen(text), &err),
			    "cannot read answer: line 3: mismatched tag");
}

static void test_the_place_of_each_element_is_known(void **state)
{
	static const char text[] = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"
				   "<a>\xfc<b x='>'><!-- <c/> --></b ><c/></a>";
	AUTO(xml) struct xml *root = parsed(text);
	const struct xml_place *b = xml_place(xml_at(root, 0)), *c = xml_place(xml_at(root, 1));
	const char *start = strstr(text, "<b");

	assert_string_equal(xml_text(root), "\xc3\xbc");
	assert_int_equal(b->start, start - text);
	assert_int_equal(b->inner, strstr(text, "<!--") - text);
	assert_int_equal(b->close, strstr(text, "</b") - text);
	assert_int_equal(b->end, strstr(start, "><c/>") + 1 - text);
	assert_int_equal(c->start, b->end);
	assert_true(c->inner == c->end && c->close == c->end);
	assert_int_equal(xml_place(root)->end, strlen(text));
}

static void test_document_type_is_refused(void **state)
{
	static const char text[] = "<!DOCTYPE a [<!ENTITY e \"eeee\">]><a>&e;</a>";
	AUTO(error) struct error err = ERROR_INIT;

	assert_string_equal(refusal(text, strlen(text), &err),
			    "cannot read answer: line 1: unexpected document type");
}

static void test_depth_is_capped(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (int i = 0; i < 100000; i++)
		strbuf_adds(&text, "<a>");
	assert_string_equal(refusal(text.text, text.len, &err),
			    "cannot read answer: line 1: elements are nested too deeply");
}

static void test_nul_is_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	refusal("<a>\0</a>", 8, &err);
}

static void test_text_is_escaped_and_reads_back(void **state)
{
	static const char value[] = "\"a&b<c>'\"";
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(xml) struct xml *root = NULL;

	xml_add_element(&out, "Value", value);
	assert_string_equal(out.text, "<Value>\"a&amp;b&lt;c&gt;'\"</Value>");
	root = parsed(out.text);
	assert_string_equal(xml_text(root), value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements_and_text_are_found),
		cmocka_unit_test(test_what_is_no_document_is_refused),
		cmocka_unit_test(test_error_names_document_and_line),
		cmocka_unit_test(test_the_place_of_each_element_is_known),
		cmocka_unit_test(test_document_type_is_refused),
		cmocka_unit_test(test_depth_is_capped),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_text_is_escaped_and_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
