/*
 * TLS options files (see apache_tls.h). The values are Mozilla's guideline 5.7; curves and tickets
 * can be set since httpd 2.4.11 with OpenSSL 1.0.2.
 */
#include "plugins/apache/apache_tls.h"

#include "base/macros.h"

#define HEADER                                                                                        \
	"# TLS settings of the virtual hosts that certbot has configured. certbot brings this file\n" \
	"# up to date as long as nobody changes it.\n"                                                \
	"SSLEngine on\n"                                                                              \
	"\n"                                                                                          \
	"SSLProtocol all -SSLv2 -SSLv3 -TLSv1 -TLSv1.1\n"
#define FOOTER "\nSSLOptions +StrictRequire\n"

/* SHA-256 of all versions that Certbot has shipped, then of ours. */
static const char *const known[] = {
	"2086bca02db48daf93468332543c60ac6acdb6f0b58c7bfdf578a5d47092f82a",
	"4844d36c9a0f587172d9fa10f4f1c9518e3bcfa1947379f155e16a70a728c21a",
	"5a922826719981c0a234b1fbcd495f3213e49d2519e845ea0748ba513044b65b",
	"4066b90268c03c9ba0201068eaa39abbc02acf9558bb45a788b630eb85dadf27",
	"f175e2e7c673bd88d0aff8220735f385f916142c44aa83b09f1df88dd4767a88",
	"cfdd7c18d2025836ea3307399f509cfb1ebf2612c87dd600a65da2a8e2f2797b",
	"80720bd171ccdc2e6b917ded340defae66919e4624962396b992b7218a561791",
	"c0c022ea6b8a51ecc8f1003d0a04af6c3f2bc1c3ce506b3c2dfc1f11ef931082",
	"717b0a89f5e4c39b09a42813ac6e747cfbdeb93439499e73f4f70a1fe1473f20",
	"0fcdc81280cd179a07ec4d29d3595068b9326b455c488de4b09f585d5dafc137",
	"86cc09ad5415cd6d5f09a947fe2501a9344328b1e8a8b458107ea903e80baa6c",
	"06675349e457eae856120cdebb564efe546f0b87399f2264baeb41e442c724c7",
	"5cc003edd93fb9cd03d40c7686495f8f058f485f75b5e764b789245a386e6daf",
	"007cd497a56a3bb8b6a2c1aeb4997789e7e38992f74e44cc5d13a625a738ac73",
	"34783b9e2210f5c4a23bced2dfd7ec289834716673354ed7c7abf69fe30192a3",
	"61466bc2f98a623c02be8a5ee916ead1655b0ce883bdc936692076ea499ff5ce",
	"3fd812e3e87fe5c645d3682a511b2a06c8286f19594f28e280f17cd6af1301b5",
	"27155797e160fe43b6951354a0a0ca4d829e9e605b3b41fc223c20bf2f6cb3c6",
	"3a6881d0a7e5740b039ec550c916105259f53b577a3d38d0ed11bd675bfeab88",
	"0f3d9c62d4274aca0406925dc4ee0919599c397e7463bce792a915b60060d004",
	"95f7367d4905a1cd0932a35ce476b4a639e2108dbd1eedf924a5ea9e51fecaf7",
	"bf4b1c3d68fed84278003606ef00d0c8667d50d76692216fb97cd1455c77e5ff",
	"02bde4aad74f7ced6a5cdda0018a394f649dc82dbccfd129c6b47855e9fa8d55",
};

#define ROW(contents)                                                                              \
	{                                                                                          \
		.name = "options-ssl-apache.conf",                                                 \
		.digest_name = ".updated-options-ssl-apache-conf-digest.txt", .text = (contents),  \
		.known = known, .known_count = ARRAY_LEN(known)                                    \
	}

static const struct tls_file current = ROW(
	HEADER "SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1\n"
	       "SSLCipherSuite " TLS_CIPHERS ":DHE-RSA-CHACHA20-POLY1305\n"
	       "SSLHonorCipherOrder off\n"
	       "SSLSessionTickets off\n" FOOTER);
static const struct tls_file old = ROW(HEADER "SSLCipherSuite " TLS_CIPHERS "\n"
					      "SSLHonorCipherOrder off\n" FOOTER);

const struct tls_file *apache_tls_options(const char *version, enum apache_openssl openssl,
					  bool *ret_current)
{
	*ret_current = apache_version_reaches(version, 2, 4, 11) &&
		       openssl == APACHE_OPENSSL_CURRENT;
	return *ret_current ? &current : &old;
}
