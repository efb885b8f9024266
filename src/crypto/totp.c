/*
 * One-time passwords (see totp.h).
 */
#include "crypto/totp.h"

#include <string.h>

#include "base/secret.h"
#include "crypto/digest.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 section 6 */

static bool decode_secret(const char *secret, struct strbuf *out)
{
	uint32_t bits = 0;
	int count = 0;

	for (; *secret && *secret != '='; secret++) {
		char c = *secret >= 'a' && *secret <= 'z' ? (char)(*secret - 'a' + 'A') : *secret;
		const char *at = strchr(alphabet, c);

		if (c == ' ')
			continue;
		if (!at)
			return false;
		bits = bits << 5 | (uint32_t)(at - alphabet);
		count += 5;
		if (count >= 8) {
			count -= 8;
			strbuf_addc(out, (char)(bits >> count & 0xff));
		}
	}
	return out->len && secret[strspn(secret, "=")] == '\0';
}

bool totp_password(const char *secret, int64_t now, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf key = STRBUF_INIT, mac = STRBUF_INIT;
	uint64_t step = (uint64_t)now / TOTP_SECONDS;
	unsigned char message[8];
	const unsigned char *at;
	bool is_base32 = decode_secret(secret, &key);

	if (is_base32) {
		for (int i = 7; i >= 0; i--, step >>= 8)
			message[i] = step & 0xff;
		digest_hmac(DIGEST_SHA1, span_make(key.text, key.len),
			    span_make((const char *)message, sizeof(message)), &mac);
		/* RFC 4226 section 5.3: four bytes at a place that the last one names. */
		at = (const unsigned char *)mac.text + (mac.text[mac.len - 1] & 0xf);
		strbuf_addf(out, "%06u",
			    ((at[0] & 0x7fu) << 24 | at[1] << 16 | at[2] << 8 | at[3]) % 1000000);
	}
	secret_wipe(key.text, key.len);
	return is_base32;
}
