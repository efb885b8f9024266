#!/bin/sh
# A script for an API with a log-in, as people write them: the session is kept.

dns_login_add() {
	_login_session || return 1
	_login_call add "$1" "$2" || return 1
	_savedomainconf LOGIN_Name "$1"
}

dns_login_rm() {
	_login_session || return 1
	_login_call remove "$(_readdomainconf LOGIN_Name)" "$2"
}

_login_session() {
	LOGIN_Session=$(_readaccountconf_mutable LOGIN_Session)
	[ -z "$LOGIN_Session" ] || return 0
	LOGIN_Url="${LOGIN_Url:-$(_readaccountconf_mutable LOGIN_Url)}"
	if [ -z "$LOGIN_Url" ] || [ -z "$LOGIN_Password" ]; then
		_err "set LOGIN_Url and LOGIN_Password"
		return 1
	fi
	response=$(_post "user=$LOGIN_User&password=$(printf '%s' "$LOGIN_Password" | _url_encode)" \
		"$LOGIN_Url/login" "" POST)
	LOGIN_Session=$(printf '%s' "$response" | _normalizeJson | _egrep_o '"session":"[^"]*"' | cut -d '"' -f 4)
	if [ -z "$LOGIN_Session" ]; then
		_err "cannot log in: $(printf '%s' "$response" | cut -d '"' -f 4)"
		return 1
	fi
	_saveaccountconf_mutable LOGIN_Session "$LOGIN_Session"
}

_login_call() {
	_H1="X-Session: $LOGIN_Session"
	_post "name=$2&value=$3" "$LOGIN_Url/$1" "" POST >/dev/null
	_contains "$response" '"status":"ok"' || _err "refused: $response"
}
