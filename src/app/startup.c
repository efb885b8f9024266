/*
 * Makes and locks the directories that the settings name (see startup.h), before anything is read
 * from them.
 */
#include "app/startup.h"

#include "base/alloc.h"
#include "crypto/crypto_library.h"
#include "os/clock.h"
#include "os/system_files.h"
#include "store/directories.h"

void startup_release(struct startup *startup)
{
	directories_free(startup->directories);
	startup->directories = NULL;
}

/* OpenSSL reads its configuration without looking at what it opens. */
static int begin_crypto(struct error *err)
{
	AUTO_FREE char *configuration = crypto_library_config();

	if (configuration && system_file_check(configuration, err) < 0)
		return err->code;
	crypto_library_begin(CRYPTO_LIBRARY_USUAL);
	return 0;
}

int startup_prepare(const struct settings *settings, struct startup *ret_startup, struct error *err)
{
	const struct directories_request request = {
		.config_dir = settings_config_dir(settings),
		.work_dir = settings_string(settings, "work_dir"),
		.logs_dir = settings_string(settings, "logs_dir"),
		.strict_permissions = settings_flag(settings, "strict_permissions"),
		.lock_timeout_ms = settings_int(settings, "lock_timeout") * 1000,
		.clock = clock_system(),
	};

	if (begin_crypto(err) < 0)
		return err->code;
	return directories_prepare(&request, &ret_startup->directories, err);
}
