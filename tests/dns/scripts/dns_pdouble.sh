#!/bin/sh
# A script for PowerDNS's API, as people write them: the values of a name are replaced as a whole.

dns_pdouble_add() {
	_pdouble_begin "$1" || return 1
	_pdouble_replace "$1" "$(_pdouble_values | grep -vxF "$2"; echo "$2")"
}

dns_pdouble_rm() {
	_pdouble_begin "$1" || return 1
	_pdouble_replace "$1" "$(_pdouble_values | grep -vxF "$2")"
}

# Logs in and finds the zone.
_pdouble_begin() {
	PDOUBLE_Url="${PDOUBLE_Url:-$(_readaccountconf_mutable PDOUBLE_Url)}"
	PDOUBLE_Token="${PDOUBLE_Token:-$(_readaccountconf_mutable PDOUBLE_Token)}"
	_saveaccountconf_mutable PDOUBLE_Url "$PDOUBLE_Url"
	_saveaccountconf_mutable PDOUBLE_Token "$PDOUBLE_Token"
	export _H1="X-API-Key: $PDOUBLE_Token"
	_pdouble_field=2
	while true; do
		_pdouble_zone=$(printf '%s' "$1" | cut -d . -f $_pdouble_field-100)
		if [ -z "$_pdouble_zone" ]; then
			_err "no zone for $1"
			return 1
		fi
		response=$(_get "$PDOUBLE_Url/api/v1/servers/localhost/zones/$_pdouble_zone.") || return 1
		if _startswith "$(grep '^HTTP' "$HTTP_HEADER" | _tail_n 1)" 'HTTP/[0-9.]* 401'; then
			_err "the server refuses the token '$PDOUBLE_Token'"
			return 1
		fi
		if _contains "$response" '"name": *"'"$_pdouble_zone"'\."'; then
			break
		fi
		_pdouble_field=$(_math $_pdouble_field + 1)
	done
	_pdouble_answer=$(printf '%s' "$response" | _normalizeJson | sed 's/{"comments"/\n&/g' |
		grep '"name":"'"$1"'\.".*"type":"TXT"')
	_debug zone "$_pdouble_zone"
}

_pdouble_values() {
	printf '%s\n' "$_pdouble_answer" | _egrep_o '"content":"\\"[^"]*\\""' | cut -d '"' -f 5 | tr -d '\\'
}

_pdouble_replace() {
	_pdouble_records=
	for _pdouble_value in $2; do
		_pdouble_records="$_pdouble_records${_pdouble_records:+,}{\"content\":\"\\\"$_pdouble_value\\\"\",\"disabled\":false}"
	done
	_post "{\"rrsets\":[{\"changetype\":\"REPLACE\",\"name\":\"$1.\",\"type\":\"TXT\",\"ttl\":60,\"records\":[$_pdouble_records]}]}" \
		"$PDOUBLE_Url/api/v1/servers/localhost/zones/$_pdouble_zone." "" PATCH application/json >/dev/null || return 1
	grep -q '^HTTP/[0-9.]* 204' "$HTTP_HEADER" || _err "PowerDNS says: $response"
}
