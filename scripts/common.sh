# Shared by the other scripts here; read with ". scripts/common.sh" after setting $root.
# Sets the language, the build folders, and gives words for progress and failure.

LC_ALL=C.UTF-8
export LC_ALL

build_dir=${CERTBOT_BUILD_DIR:-$root/build}
lab_dir=$build_dir/lab
script_name=${0##*/}

# Debian packages that it takes to build.
build_packages="
	gcc libc6-dev pkg-config meson ninja-build ca-certificates
	libssl-dev libcurl4-openssl-dev libjansson-dev libldns-dev libidn2-dev libexpat1-dev libpcre2-dev
	libcmocka-dev"

say() {
	printf '%s: %s\n' "$script_name" "$*"
}

die() {
	printf '%s: %s\n' "$script_name" "$*" >&2
	exit 1
}

# run_logged LOG COMMAND...: quiet while it works, the end of the log if it fails.
run_logged() {
	log=$1
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $* (see $log)"
	fi
}

# build_program FOLDER: configures the folder if need be, and builds the program in it, without what
# only the tests need. Sets $certbot.
build_program() {
	build_folder=$1
	certbot=$build_folder/src/cli/certbot
	mkdir -p "$build_folder"
	if [ ! -f "$build_folder/build.ninja" ]; then
		say "configuring the program"
		run_logged "$build_folder/setup.log" meson setup "$build_folder" "$root"
	fi
	steps=$(ninja -C "$build_folder" -n src/cli/certbot | sed -n '$s/^\[[0-9]*\/\([0-9]*\)\].*/\1/p')
	[ -z "$steps" ] ||
		say "building the program: $steps steps (half a minute for all of them on two processors)"
	run_logged "$build_folder/build.log" ninja -C "$build_folder" src/cli/certbot
	[ -x "$certbot" ] || die "there is no $certbot"
}

# Addresses of the Debian mirrors that this machine's apt uses, one a line.
mirrors() {
	apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Label: Debian' 'Component: main' 2>/dev/null | sort -u
}

# debootstrap_system SUITE FOLDER OPTION...: from the first mirror that has the suite. One that has left the
# mirrors is in the archive. A mirror may be that of a past day, so apt does not mind its age there.
debootstrap_system() {
	suite=$1
	folder=$2
	shift 2
	mkdir -p "${folder%/*}"
	for mirror in $(mirrors) http://archive.debian.org/debian; do
		say "making a system of Debian $suite from $mirror"
		rm -rf "$folder"
		if debootstrap "$@" "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 </dev/null; then
			printf 'Acquire::Check-Valid-Until "false";\n' >"$folder/etc/apt/apt.conf.d/90mirror"
			return 0
		fi
	done
	tail -n 40 "$folder.log" >&2
	die "no system of Debian $suite (see $folder.log)"
}

# make_system SUITE FOLDER PACKAGE...: a system of Debian with these packages and little else, once.
make_system() {
	[ ! -f "$2/etc/complete" ] || return 0
	packages=$(shift 2; printf '%s,' "$@")
	debootstrap_system "$1" "$2" --variant=minbase --include="${packages%,}"
	touch "$2/etc/complete"
}

# leave_chroot SCRIPT ARGUMENT...: in a root that chroot(8) entered, runs the script again where namespaces
# can be made (tests/lab/own_root.py), and does not return. Needs Python.
leave_chroot() {
	if [ -n "${IN_OWN_ROOT-}" ]; then
		unset IN_OWN_ROOT
	elif unshare --mount true 2>&1 | grep -q 'root filesystem propagation'; then
		IN_OWN_ROOT=yes exec /usr/bin/python3 -B "$root/tests/lab/own_root.py" "$@"
	fi
}
