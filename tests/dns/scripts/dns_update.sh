#!/bin/sh
# A script for name servers with dynamic updates, as people write them.

dns_update_add() {
	_update_change "add $1. 60 TXT \"$2\""
}

dns_update_rm() {
	_update_change "delete $1. TXT \"$2\""
}

_update_change() {
	UPDATE_SERVER="${UPDATE_SERVER:-$(_readaccountconf_mutable UPDATE_SERVER)}"
	UPDATE_KEY="${UPDATE_KEY:-$(_readaccountconf_mutable UPDATE_KEY)}"
	if [ -z "$UPDATE_SERVER" ] || [ -z "$UPDATE_KEY" ]; then
		_err "set UPDATE_SERVER and UPDATE_KEY"
		return 1
	fi
	_saveaccountconf_mutable UPDATE_SERVER "$UPDATE_SERVER"
	_saveaccountconf_mutable UPDATE_KEY "$UPDATE_KEY"
	_info "updating $UPDATE_SERVER"
	nsupdate -y "$UPDATE_KEY" <<END
server $UPDATE_SERVER ${UPDATE_PORT:-53}
update $1
send
END
}
