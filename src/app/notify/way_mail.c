/*
 * Mail through the local sendmail, whichever of the many programs of that name it is: they have -i
 * and a list of addresses in common.
 */
#include <string.h>

#include "app/notify/mail_text.h"
#include "app/notify/ways.h"

/* Characters of an address that mean something to a mail system or a header are refused, and so is
 * what looks like an option. */
int way_mail_check(const char *value, struct error *err)
{
	if (value[0] == '-' || strpbrk(value, " \t,;:<>()[]\\\"|!"))
		return error_set(err, ERR_CONFIG, "'%s' is not the address of one mailbox", value);
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c >= 0x7f)
			return error_set(err, ERR_CONFIG, "the address '%s' is not ASCII", value);
	return 0;
}

int way_mail_send(const struct notify_target *target, struct notify_round *round,
		  const struct digest *digest, struct error *err)
{
	const char *const argv[] = {"sendmail", "-i", "--", target->value, NULL};
	AUTO(strbuf) struct strbuf mail = STRBUF_INIT;

	mail_text_add(digest, NULL, target->value, "\n", &mail);
	if (way_run(argv, NULL, span_make(mail.text, mail.len), err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND)
		error_hint(err, "install a program that has sendmail, such as postfix or dma, or "
				"use smtp:FILE");
	return err->code;
}
