#!/bin/sh
# What DNS scripts of the acme.sh kind call, and the call of such a script.
#
#	sh library.sh FOLDER SCRIPT PREFIX add|rm NAME VALUE
#	sh library.sh FOLDER SCRIPT PREFIX check
#
# SCRIPT is sourced; then its function PREFIX_add or PREFIX_rm is called, or `check` looks whether it
# has both. FOLDER is private to the call: `account` and `domain` have a file for each value that is
# saved, which the caller has put there and takes back; all else in it is temporary. The caller sets
# the environment, standard input is empty, and the exit status is that of the function.
#
# certbot has this text built in and hands it to the shell that the script's first line asks for, or
# to sh. It runs in dash, bash and busybox, with curl for HTTP and openssl for cryptography. What
# each function promises is known from the scripts that use it. Tokens and keys appear in no
# argument of a program: every user of the machine could read them there.

umask 077
# The field's name, which scripts use too when they call it themselves.
: "${ACME_OPENSSL_BIN:=openssl}"
HTTP_HEADER=$1/headers
TMPDIR=$1/tmp
LE_CONFIG_HOME=$1
LE_WORKING_DIR=$1
PROJECT_NAME=certbot
DEBUG_LEVEL_1=1
DEBUG_LEVEL_2=2
DEBUG_LEVEL_3=3
export ACME_OPENSSL_BIN HTTP_HEADER TMPDIR LE_CONFIG_HOME LE_WORKING_DIR PROJECT_NAME
export DEBUG_LEVEL_1 DEBUG_LEVEL_2 DEBUG_LEVEL_3
_acmesh_folder=$1
_acmesh_script=$2
_acmesh_prefix=$3
_acmesh_verb=$4
_acmesh_name=${5-}
_acmesh_value=${6-}

# --- Messages ---

# _acmesh_say TEXT [VALUE]: TEXT, or TEXT='VALUE'.
_acmesh_say() {
	if [ $# -gt 1 ]; then
		printf "%s='%s'\n" "$1" "$2"
	else
		printf '%s\n' "$1"
	fi
}

_info() {
	_acmesh_say "$@"
}

_err() {
	_acmesh_say "$@" >&2
	return 1
}

# _acmesh_debug LEVEL TEXT [VALUE]: at $DEBUG of at least that level; a word in it counts as 1.
_acmesh_debug() {
	case ${DEBUG:-0} in
	*[!0-9]*) _acmesh_level=1 ;;
	*) _acmesh_level=${DEBUG:-0} ;;
	esac
	[ "$_acmesh_level" -ge "$1" ] || return 0
	shift
	_acmesh_say "$@" >&2
}

_debug() {
	_acmesh_debug 1 "$@"
}

_debug2() {
	_acmesh_debug 2 "$@"
}

_debug3() {
	_acmesh_debug 3 "$@"
}

_secure_debug() {
	_acmesh_debug 1 "$1" '***'
}

_secure_debug2() {
	_acmesh_debug 2 "$1" '***'
}

_secure_debug3() {
	_acmesh_debug 3 "$1" '***'
}

# The log has what is written to either output.
_log() {
	return 0
}

_usage() {
	printf '%s\n' "$*" >&2
}

__green() {
	printf '%s' "$1"
}

__red() {
	printf '%s' "$1"
}

# --- Text ---

_contains() {
	printf '%s\n' "$1" | grep -e "$2" >/dev/null 2>&1
}

_startswith() {
	_contains "$1" "^$2"
}

_endswith() {
	_contains "$1" "$2\$"
}

_egrep_o() {
	grep -E -o -e "$1"
}

_head_n() {
	head -n "$1"
}

_tail_n() {
	tail -n "$1"
}

_lower_case() {
	LC_ALL=C tr '[:upper:]' '[:lower:]'
}

_upper_case() {
	LC_ALL=C tr '[:lower:]' '[:upper:]'
}

_normalizeJson() {
	sed -e 's/"[[:blank:]]*:[[:blank:]]*\(["{[]\)/":\1/g' -e 's/^[[:blank:]]*//' | tr -d '\r\n'
}

_json_decode() {
	sed 's,\\/,/,g'
}

# The field itself, else the next before it that is not empty, else all of the text.
_getfield() {
	_acmesh_field=$2
	while [ "$_acmesh_field" -ge 1 ]; do
		_acmesh_found=$(printf '%s\n' "$1" | cut -d "${3:-,}" -f "$_acmesh_field")
		if [ -n "$_acmesh_found" ]; then
			printf '%s' "$_acmesh_found"
			return 0
		fi
		_acmesh_field=$((_acmesh_field - 1))
	done
	printf '%s' "$1"
}

_sed_i() {
	_acmesh_draft=$(_mktemp) || return 1
	sed "$1" "$2" >"$_acmesh_draft" && cat "$_acmesh_draft" >"$2"
}

# --- Numbers, time, programs ---

_math() {
	printf '%s' "$(($*))"
}

_time() {
	date -u +%s
}

_utc_date() {
	date -u '+%Y-%m-%d %H:%M:%S'
}

_sleep() {
	sleep "$1"
}

_exists() {
	command -v "$1" >/dev/null 2>&1 || return 1
}

_mktemp() {
	mktemp "$TMPDIR/XXXXXXXXXX"
}

# Names arrive as A-labels.
_idn() {
	printf '%s' "$1"
}

# --- Bytes ---

# od(1) wraps its lines; awk makes one of them.
_hex_dump() {
	od -A n -v -t x1 | awk '{ for (i = 1; i <= NF; i++) printf " %s", $i }'
}

# The bytes go by way of octal escapes, as a shell variable cannot hold a NUL.
_h2b() {
	printf '%b' "$(tr -d ' \r\n' | awk '{
		$0 = tolower($0)
		for (i = 1; i < length($0); i += 2) {
			byte = (index("0123456789abcdef", substr($0, i, 1)) - 1) * 16 \
				+ index("0123456789abcdef", substr($0, i + 1, 1)) - 1
			printf "\\0%03o", byte
		}
	}')"
}

_base64() {
	if [ -n "${1-}" ]; then
		"$ACME_OPENSSL_BIN" base64
	else
		"$ACME_OPENSSL_BIN" base64 -A
	fi
}

_dbase64() {
	tr -d ' \t\r\n' | "$ACME_OPENSSL_BIN" base64 -d -A
}

_url_replace() {
	tr -d '=\r\n' | tr '/+' '_-'
}

_url_encode() {
	od -A n -v -t x1 | LC_ALL=C awk -v "style=${1-}" '
		BEGIN {
			for (i = 33; i < 127; i++) {
				character = sprintf("%c", i)
				if (character ~ /[-A-Za-z0-9_.~]/)
					plain[sprintf("%02x", i)] = character
			}
		}
		{
			for (i = 1; i <= NF; i++) {
				hex = style == "upper-hex" ? toupper($i) : $i
				printf "%s", ($i in plain) ? plain[$i] : "%" hex
			}
		}'
}

# --- Cryptography ---

# _acmesh_encode [HEX]: bytes as base64, or as hex if the argument is there.
_acmesh_encode() {
	if [ -n "${1-}" ]; then
		_hex_dump | tr -d ' '
	else
		_base64 ''
	fi
}

_digest() {
	case $1 in
	md5 | sha1 | sha256 | sha3-256) "$ACME_OPENSSL_BIN" dgst "-$1" -binary | _acmesh_encode "${2-}" ;;
	*) _err "the digest '$1' is not supported" ;;
	esac
}

# _acmesh_pad HEXKEY BYTE: escapes of the key, filled up to a block of 64 bytes, each byte xor BYTE.
_acmesh_pad() {
	_acmesh_rest=$1
	_acmesh_escapes=
	_acmesh_index=0
	while [ "$_acmesh_index" -lt 64 ]; do
		_acmesh_byte=${_acmesh_rest%"${_acmesh_rest#??}"}
		_acmesh_rest=${_acmesh_rest#??}
		_acmesh_byte=$((0x${_acmesh_byte:-0} ^ $2))
		_acmesh_escapes=$_acmesh_escapes\\0$((_acmesh_byte / 64))$((_acmesh_byte / 8 % 8))$((_acmesh_byte % 8))
		_acmesh_index=$((_acmesh_index + 1))
	done
	printf '%s' "$_acmesh_escapes"
}

# By RFC 2104, from digests: openssl would take the key as an argument.
_hmac() {
	case $1 in
	sha1 | sha256) ;;
	*)
		_err "HMAC with '$1' is not supported"
		return 1
		;;
	esac
	_acmesh_key=$2
	if [ ${#_acmesh_key} -gt 128 ]; then
		_acmesh_key=$(printf '%s' "$2" | _h2b | "$ACME_OPENSSL_BIN" dgst "-$1" -binary | _acmesh_encode hex)
	fi
	{
		printf '%b' "$(_acmesh_pad "$_acmesh_key" 0x5c)"
		{
			printf '%b' "$(_acmesh_pad "$_acmesh_key" 0x36)"
			cat
		} | "$ACME_OPENSSL_BIN" dgst "-$1" -binary
	} | "$ACME_OPENSSL_BIN" dgst "-$1" -binary | if [ -n "${3-}" ]; then _acmesh_encode hex; else cat; fi
}

_isRSA() {
	"$ACME_OPENSSL_BIN" rsa -in "$1" -noout </dev/null >/dev/null 2>&1
}

# _acmesh_ecdsa_bytes KEYFILE: a DER signature as the hex digits of r and s, each as long as the curve's order.
_acmesh_ecdsa_bytes() {
	_acmesh_bits=$("$ACME_OPENSSL_BIN" pkey -in "$1" -noout -text </dev/null 2>/dev/null |
		sed -n 's/.*Private-Key: (\([0-9]*\) bit.*/\1/p')
	"$ACME_OPENSSL_BIN" asn1parse -inform DER | awk -F : -v "bits=$_acmesh_bits" '/INTEGER/ {
		number = $NF
		digits = int((bits + 7) / 8) * 2
		while (length(number) < digits)
			number = "0" number
		printf "%s", number
	}'
}

# The second argument may have options of openssl after the algorithm.
_sign() {
	_acmesh_key=$1
	# shellcheck disable=SC2086 # several words
	set -- $2
	_acmesh_digest=$1
	shift
	if _isRSA "$_acmesh_key"; then
		"$ACME_OPENSSL_BIN" dgst "-$_acmesh_digest" "$@" -sign "$_acmesh_key" | _base64 ''
	else
		"$ACME_OPENSSL_BIN" dgst "-$_acmesh_digest" "$@" -sign "$_acmesh_key" |
			_acmesh_ecdsa_bytes "$_acmesh_key" | _h2b | _base64 ''
	fi
}

# --- What is saved ---

# _acmesh_save account|domain KEY VALUE
_acmesh_save() {
	case $2 in
	'' | .* | */*)
		_err "cannot save a value under the name '$2'"
		return 1
		;;
	esac
	printf '%s' "$3" >"$_acmesh_folder/$1/$2"
}

# _acmesh_load account|domain KEY: nothing if there is no such value.
_acmesh_load() {
	case $2 in
	'' | .* | */*) return 0 ;;
	esac
	[ ! -f "$_acmesh_folder/$1/$2" ] || cat "$_acmesh_folder/$1/$2"
}

# _acmesh_clear account|domain KEY
_acmesh_clear() {
	case $2 in
	'' | .* | */*) return 0 ;;
	esac
	rm -f "$_acmesh_folder/$1/$2"
}

# A third argument asks for an encoding that keeps any bytes, which ours does without.
_saveaccountconf() {
	_acmesh_save account "$1" "$2"
}

_readaccountconf() {
	_acmesh_load account "$1"
}

_clearaccountconf() {
	_acmesh_clear account "$1"
}

_saveaccountconf_mutable() {
	_acmesh_save account "SAVED_$1" "$2" && _acmesh_clear account "$1"
}

# A plain value is one of the credentials file, or of a script that saved it so.
_readaccountconf_mutable() {
	if [ -f "$_acmesh_folder/account/SAVED_$1" ]; then
		_acmesh_load account "SAVED_$1"
	else
		_acmesh_load account "$1"
	fi
}

_clearaccountconf_mutable() {
	_acmesh_clear account "SAVED_$1"
	_acmesh_clear account "$1"
}

_savedomainconf() {
	_acmesh_save domain "$1" "$2"
}

_readdomainconf() {
	_acmesh_load domain "$1"
}

_cleardomainconf() {
	_acmesh_clear domain "$1"
}

# --- HTTP ---

# _acmesh_option NAME VALUE: a line of curl's configuration.
_acmesh_option() {
	printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | tr -d '\r\n' | sed 's/[\\"]/\\&/g')"
}

# _acmesh_headers CONTENTTYPE: those of the script, and of what curl adds by itself none that gets in the way.
_acmesh_headers() {
	for _acmesh_header in "${_H1-}" "${_H2-}" "${_H3-}" "${_H4-}" "${_H5-}" "${1:+Content-Type: $1}" Expect:; do
		[ -z "$_acmesh_header" ] || _acmesh_option header "$_acmesh_header"
	done
}

# _acmesh_configuration METHOD URL BODYFILE CONTENTTYPE TIMEOUT
_acmesh_configuration() {
	printf '%s\n' silent show-error globoff 'proto = "=http,https"' 'max-time = 240'
	[ -n "${ACME_HTTP_NO_REDIRECTS-}" ] || printf 'location\n'
	[ -z "${HTTPS_INSECURE-}" ] || printf 'insecure\n'
	[ -z "${USER_AGENT-}" ] || _acmesh_option user-agent "$USER_AGENT"
	[ -z "${CA_BUNDLE-}" ] || _acmesh_option cacert "$CA_BUNDLE"
	[ -z "${CA_PATH-}" ] || _acmesh_option capath "$CA_PATH"
	_acmesh_option connect-timeout "${5:-30}"
	_acmesh_option dump-header "$HTTP_HEADER"
	_acmesh_option url "$2"
	if [ "$1" = HEAD ]; then
		printf 'head\n'
	else
		_acmesh_option request "$1"
	fi
	[ -z "$3" ] || _acmesh_option data-binary "@$3"
	_acmesh_headers "$4"
}

_acmesh_request() {
	if ! _exists curl; then
		_err "scripts that speak HTTP need the program curl, which is not installed"
		return 127
	fi
	_acmesh_configuration "$@" | curl -q --config -
}

_get() {
	if [ -n "${2-}" ]; then
		_acmesh_request HEAD "$1" '' '' "${3-}"
	else
		_acmesh_request GET "$1" '' '' "${3-}"
	fi
}

_post() {
	_acmesh_body=
	if [ -n "$1" ]; then
		_acmesh_body=$_acmesh_folder/body
		printf '%s' "$1" >"$_acmesh_body"
	fi
	_acmesh_answer=$_acmesh_folder/answer
	_acmesh_request "${4:-POST}" "$2" "$_acmesh_body" "${5-}" '' >"$_acmesh_answer"
	_acmesh_status=$?
	if [ -n "${3-}" ]; then
		response=$(_base64 '' <"$_acmesh_answer")
	else
		response=$(cat "$_acmesh_answer")
	fi
	printf '%s\n' "$response"
	return "$_acmesh_status"
}

# Nothing is kept from one request to the next.
_resethttp() {
	return 0
}

# By the JSON that several resolvers give over HTTPS; DOH_URL names another.
_ns_lookup() {
	_acmesh_answer=$(
		_H1='Accept: application/dns-json' _H2='' _H3='' _H4='' _H5=''
		_get "${DOH_URL:-https://cloudflare-dns.com/dns-query}?name=$1&type=$2"
	) || return 1
	printf '%s\n' "$_acmesh_answer" | _egrep_o '"data" *: *"[^"]*"' | cut -d '"' -f 4
}

# --- The call ---

_acmesh_has() {
	_exists "$1" || _err "'$_acmesh_script' has no function $1"
}

mkdir -p "$_acmesh_folder/account" "$_acmesh_folder/domain" "$TMPDIR" || exit 1
: >"$HTTP_HEADER" || exit 1
# shellcheck source=/dev/null
. "$_acmesh_script"
if [ "$_acmesh_verb" = check ]; then
	_acmesh_has "${_acmesh_prefix}_add" && _acmesh_has "${_acmesh_prefix}_rm"
	exit
fi
_acmesh_has "${_acmesh_prefix}_$_acmesh_verb" || exit 1
"${_acmesh_prefix}_$_acmesh_verb" "$_acmesh_name" "$_acmesh_value"
