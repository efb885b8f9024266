/*
 * TLS options files (see nginx_tls.h). The values are Mozilla's guideline 5.7; nginx supports TLS
 * 1.3 since 1.13 and can switch tickets off since 1.5.9. With an old OpenSSL tickets stay on,
 * because it cannot resume sessions otherwise.
 */
#include "plugins/nginx/nginx_tls.h"

#include "base/macros.h"

#define HEADER                                                                                        \
	"# TLS settings of the server blocks that certbot has configured. certbot brings this file\n" \
	"# up to date as long as nobody changes it.\n"                                                \
	"ssl_session_cache shared:le_nginx_SSL:10m;\n"                                                \
	"ssl_session_timeout 1440m;\n"
#define NO_TICKETS "ssl_session_tickets off;\n"
#define FOOTER "ssl_prefer_server_ciphers off;\n\nssl_ciphers \"" TLS_CIPHERS "\";\n"

enum variant {
	VARIANT_CURRENT,
	VARIANT_TICKETS, /* OpenSSL before 1.0.2l */
	VARIANT_TLS12,   /* nginx before 1.13 */
	VARIANT_OLD,     /* nginx before 1.5.9 */
	VARIANT__COUNT,
};

/* SHA-256 of all versions that Certbot has shipped, then of ours. */
static const char *const known[] = {
	"0f81093a1465e3d4eaa8b0c14e77b2a2e93568b0fc1351c2b87893a95f0de87c",
	"9a7b32c49001fed4cff8ad24353329472a50e86ade1ef9b2b9e43566a619612e",
	"a6d9f1c7d6b36749b52ba061fff1421f9a0a3d2cfdafbd63c05d06f65b990937",
	"7f95624dd95cf5afc708b9f967ee83a24b8025dc7c8d9df2b556bbc64256b3ff",
	"394732f2bbe3e5e637c3fb5c6e980a1f1b90b01e2e8d6b7cff41dde16e2a756d",
	"4b16fec2bcbcd8a2f3296d886f17f9953ffdcc0af54582452ca1e52f5f776f16",
	"c052ffff0ad683f43bffe105f7c606b339536163490930e2632a335c8d191cc4",
	"02329eb19930af73c54b3632b3165d84571383b8c8c73361df940cb3894dd426",
	"63e2bddebb174a05c9d8a7cf2adf72f7af04349ba59a1a925fe447f73b2f1abf",
	"2901debc7ecbc10917edd9084c05464c9c5930b463677571eaf8c94bffd11ae2",
	"30baca73ed9a5b0e9a69ea40e30482241d8b1a7343aa79b49dc5d7db0bf53b6c",
	"108c4555058a087496a3893aea5d9e1cee0f20a3085d44a52dc1a66522299ac3",
	"d5e021706ecdccc7090111b0ae9a29ef61523e927f020e410caf0a1fd7063981",
	"ef11e3fb17213e74d3e1816cde0ec37b8b95b4167cf21e7b8ff1eaa9c6f918ee",
	"af85f6193808a44789a1d293e6cffa249cad9a21135940800958b8e3c72dbc69",
	"a2a612fd21b02abaa32d9d11ac63d987d6e3054dbfa356de5800eea0d7ce17f3",
	"2d9648302e3588a172c318e46bff88ade46fc7a16d6afc85322776a04800d473",
	"f5615544105c4eee44f02a604e3e9ae55b3d5bad247160bb18731a0ac531af02",
	"05a799c4db12f8e15e68219c98056824cbd5ae7b05863225318ae112f343880b",
	"dc81acfd9670f137d5abbccfe3438d9306d4b6a906439b0fbf6a6756272e7cc7",
	"5e21cc66989f26ec46116d979421e538131cf8ab33ffff3f682fbfe491b0ace8",
	"0175f71721dd8e5315a6d0f3efef703ff54e867d1ab2a4e076791b89a0b3511a",
	"246b520bedc461fcbd35f4d3efdd75ebf171baccaba5c38f488009566de6d5b3",
	"dd72286f760c90550f34fbeeceb5a1f1351b09b812e65a18569a0f4a4d7f5847",
	"67fb599692ad97f3277662ba8b1c3e90aed7c061357f7bd89cde3d0865f4c977",
	"76898c99a852a1925354b4672fd3b4ffff4819124c5c4854e84c60e1e5d6da92",
	"5b9a652812209cdcc34e90a59c6456baa7b44fb5813d330ba789f5b097dfcf0a",
	"97199cfb1acb46acc8175c2107609989ec3012f7121b6f1b9ebc842e477ccea4",
};

#define ROW(contents)                                                                              \
	{                                                                                          \
		.name = "options-ssl-nginx.conf",                                                  \
		.digest_name = ".updated-options-ssl-nginx-conf-digest.txt", .text = (contents),   \
		.known = known, .known_count = ARRAY_LEN(known)                                    \
	}

static const struct tls_file files[] = {
	[VARIANT_CURRENT] = ROW(HEADER NO_TICKETS "ssl_protocols TLSv1.2 TLSv1.3;\n" FOOTER),
	[VARIANT_TICKETS] = ROW(HEADER "ssl_protocols TLSv1.2 TLSv1.3;\n" FOOTER),
	[VARIANT_TLS12] = ROW(HEADER NO_TICKETS "ssl_protocols TLSv1.2;\n" FOOTER),
	[VARIANT_OLD] = ROW(HEADER "ssl_protocols TLSv1.2;\n" FOOTER),
};
STATIC_ASSERT(ARRAY_LEN(files) == VARIANT__COUNT, "every variant has a file");

/* 1.0.2l or later; unknown ones count as older. */
static bool has_new_openssl(const struct nginx_version *openssl)
{
	if (nginx_version_reaches(openssl, 1, 0, 3))
		return true;
	return nginx_version_reaches(openssl, 1, 0, 2) && openssl->letter >= 'l';
}

/* A directive that nginx does not know would keep it from starting, so the file goes by the
 * version. */
static enum variant variant_for(const struct nginx_build *build)
{
	if (nginx_version_reaches(&build->version, 1, 13, 0))
		return has_new_openssl(&build->openssl) ? VARIANT_CURRENT : VARIANT_TICKETS;
	if (nginx_version_reaches(&build->version, 1, 5, 9) && has_new_openssl(&build->openssl))
		return VARIANT_TLS12;
	return VARIANT_OLD;
}

const struct tls_file *nginx_tls_options(const struct nginx_build *build, bool *ret_current)
{
	enum variant variant = variant_for(build);

	*ret_current = variant == VARIANT_CURRENT;
	return &files[variant];
}
