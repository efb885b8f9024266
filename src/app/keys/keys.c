/*
 * Chooses the key of a certificate (see keys.h): the present one with --reuse-key, one that a run
 * left behind before its certificate was issued, or a new one. Options that contradict a key that
 * is reused are an error, because ignoring them would look like success.
 */
#include "app/keys/keys.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/key_types.h"
#include "crypto/key/token.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_reserve.h"
#include "store/renewal/renewal_state.h"

static bool wants_reuse(const struct settings *settings, struct lineage *lineage)
{
	return lineage && !settings_string(settings, "renew_csr") &&
	       settings_flag(settings, "reuse_key") && !settings_flag(settings, "new_key");
}

static struct key_spec spec_of(const struct settings *settings, const char *type)
{
	struct key_spec spec = {
		.kind = KEY_EC,
		.rsa_bits = (int)settings_int(settings, "rsa_key_size"),
		.curve = settings_string(settings, "elliptic_curve"),
		.uri = settings_string(settings, "key_uri"),
	};

	if (key_uri_is_file(spec.uri))
		spec.uri = NULL;
	key_kind_from_option(type, &spec.kind);
	return spec;
}

/* Returns the user's explicit option that contradicts the key to be reused, or NULL. Only explicit
 * options count: the default key type has changed over the years, and a lineage that keeps its RSA
 * key does not contradict that. */
static const char *contradiction(const struct settings *settings, const struct key *key,
				 const char *type)
{
	struct key_spec spec = spec_of(settings, type);

	if (settings_is_set_by_user(settings, "key_type") && spec.kind != key_kind(key))
		return "--key-type";
	if (settings_is_set_by_user(settings, "key_uri") &&
	    key_is_in_token(key) != (spec.uri != NULL))
		return "--key-uri";
	if (key_kind(key) == KEY_RSA && settings_is_set_by_user(settings, "rsa_key_size") &&
	    spec.rsa_bits != key_bits(key))
		return "--rsa-key-size";
	if (key_kind(key) == KEY_EC && settings_is_set_by_user(settings, "elliptic_curve") &&
	    strcmp(spec.curve, key_curve(key)) != 0)
		return "--elliptic-curve";
	return NULL;
}

/* The types may have been changed while the present certificate still has its old key, and a conf
 * may have been edited. Both certificates would be of one type then. */
static bool is_second_type(const struct settings *settings, const struct lineage *lineage,
			   const struct key *key)
{
	return !lineage_second_type(lineage) &&
	       str_eq_or_null(key_types_second(settings), key_kind_option(key_kind(key)));
}

static int refuse_second_type(const struct settings *settings, const struct lineage *lineage,
			      const struct key *key, struct error *err)
{
	error_set(err, ERR_CONFIG,
		  "cannot use the key of certificate %s again as the first of two: it is of type "
		  "%s, which is that of the second (--key-type %s)",
		  lineage_name(lineage), key_kind_option(key_kind(key)),
		  settings_string(settings, "key_type"));
	return error_hint(
		err,
		"get a new one by --new-key, or keep the type of the present key: "
		"--key-type %s",
		key_types_text(key_kind_option(key_kind(key)), key_types_first(settings)));
}

static int check_reuse(const struct settings *settings, struct lineage *lineage, const char *type,
		       struct error *err)
{
	AUTO(key) struct key *key = NULL;
	const char *option;

	if (!wants_reuse(settings, lineage))
		return 0;
	if (lineage_read_key(lineage, &key, err) < 0)
		return err->code;
	/* The CA would only say that a signature is wrong, after the challenges. */
	if (key_check_halves(key, err) < 0) {
		error_wrap(err, "cannot use the key of certificate %s again",
			   lineage_name(lineage));
		return error_hint(err, "get a new one by --new-key");
	}
	if (is_second_type(settings, lineage, key))
		return refuse_second_type(settings, lineage, key, err);
	option = contradiction(settings, key, type);
	if (!option)
		return 0;
	error_set(err, ERR_CONFIG,
		  "Unable to change the %s of this certificate because --reuse-key is set", option);
	return error_hint(err,
			  "use --no-reuse-key to stop reusing the key, or --new-key to replace it "
			  "once and reuse the new one");
}

/* A second key is reused where the first one is. One that is yet to be made contradicts nothing. */
int keys_check_reuse(const struct settings *settings, struct lineage *lineage, struct error *err)
{
	struct lineage *second = lineage ? lineage_second_shown(lineage) : NULL;

	if (check_reuse(settings, lineage, key_types_first(settings), err) < 0)
		return err->code;
	return second && str_eq_or_null(key_types_second(settings), lineage_second_type(second))
		       ? check_reuse(settings, second, lineage_second_type(second), err)
		       : 0;
}

/* The records that the machines of a fleet share have room for one key. */
int keys_check_shared(const struct settings *settings, const struct lineage *lineage,
		      struct error *err)
{
	if (!key_types_second(settings) || !renewal_state_generation(lineage_conf(lineage)))
		return 0;
	error_set(
		err, ERR_CONFIG,
		"certificate %s is of a fleet, whose machines share certificates with one key, and "
		"--key-type %s means two",
		lineage_name(lineage), settings_string(settings, "key_type"));
	return error_hint(err,
			  "stay with --key-type %s, and get a certificate with another --cert-name "
			  "for the other type",
			  key_types_first(settings));
}

/* Somebody who asks for a large RSA key and gets one for ECDSA would otherwise not notice. */
void keys_warn_of_options(const struct settings *settings)
{
	static const struct {
		const char *type, *dest, *option, *other_type;
	} rows[] = {
		{"ecdsa", "rsa_key_size", "--rsa-key-size", "rsa"},
		{"rsa", "elliptic_curve", "--elliptic-curve", "ecdsa"},
	};
	const char *type = key_types_first(settings);

	for (size_t i = 0; i < ARRAY_LEN(rows) && !key_types_second(settings); i++)
		if (strcmp(rows[i].type, type) == 0 &&
		    settings_origin(settings, rows[i].dest) == ORIGIN_COMMAND_LINE)
			log_warning("%s has no effect: the key is of type %s. To change that, add "
				    "--key-type %s",
				    rows[i].option, type, rows[i].other_type);
}

/* Sets the option only if it differs, so that defaults do not become options of the renewal
 * conf. */
static void follow_text(struct settings *settings, const char *dest, const char *value)
{
	if (strcmp(settings_string(settings, dest), value) != 0)
		settings_set_string(settings, dest, value, ORIGIN_RUNTIME);
}

/* If the key is reused, the conf describes that key. */
static void follow_key(struct settings *settings, const struct key *key)
{
	if (key_kind(key) != KEY_RSA)
		follow_text(settings, "elliptic_curve", key_curve(key));
	else if (settings_int(settings, "rsa_key_size") != key_bits(key))
		settings_set_int(settings, "rsa_key_size", key_bits(key), ORIGIN_RUNTIME);
}

static void follow_type(struct settings *settings, const struct key *key)
{
	const char *type = key_kind_option(key_kind(key)), *second = key_types_second(settings);

	follow_text(settings, "key_type",
		    key_types_text(type, str_eq_or_null(type, second) ? NULL : second));
}

static bool is_of_spec(const struct key *key, const struct key_spec *spec)
{
	if (key_kind(key) != spec->kind || key_is_in_token(key) != (spec->uri != NULL))
		return false;
	return spec->kind == KEY_RSA ? key_bits(key) == spec->rsa_bits
				     : strcmp(key_curve(key), spec->curve) == 0;
}

/* Takes the key that an interrupted run left behind: if its order led to a certificate, that is for
 * this key. A key of another kind is not taken, because the user no longer wants it. */
static bool take_left_key(const struct lineage *lineage, const struct key_spec *spec,
			  struct key **ret_key)
{
	AUTO(key) struct key *key = NULL;

	if (!lineage || key_uri_names_key(spec->uri) || !lineage_left_key(lineage, &key) ||
	    !is_of_spec(key, spec))
		return false;
	*ret_key = STEAL(key);
	return true;
}

/* The key that the URI names is there already, so what --key-type says can only contradict it. */
static int take_named_key(struct settings *settings, const char *uri, struct key **ret_key,
			  struct error *err)
{
	const char *option;

	if (key_from_uri(uri, ret_key, err) < 0)
		return err->code;
	option = contradiction(settings, *ret_key, key_types_first(settings));
	if (option)
		return error_set(err, ERR_CONFIG, "%s contradicts the key '%s', which is %s",
				 option, uri, key_kind_label(key_kind(*ret_key)));
	follow_type(settings, *ret_key);
	follow_key(settings, *ret_key);
	return 0;
}

int keys_make(struct settings *settings, struct key **ret_key, struct error *err)
{
	struct key_spec spec = spec_of(settings, key_types_first(settings));

	if (key_uri_names_key(spec.uri))
		return take_named_key(settings, spec.uri, ret_key, err);
	return key_generate(&spec, ret_key, err);
}

int keys_check_token(const struct settings *settings, struct error *err)
{
	const char *uri = settings_string(settings, "key_uri");

	/* The URI says where one key is. */
	if (!key_uri_is_file(uri) && key_types_second(settings))
		return error_set(err, ERR_CONFIG,
				 "--key-uri is for a certificate with one key, and --key-type %s "
				 "means two",
				 settings_string(settings, "key_type"));
	return key_uri_reach(uri, err);
}

int keys_for_lineage(struct settings *settings, struct lineage *lineage,
		     const struct lineage *unborn, struct key **ret_key, struct error *err)
{
	struct key_spec spec = spec_of(settings, key_types_first(settings));

	if (!wants_reuse(settings, lineage)) {
		if (take_left_key(lineage ? lineage : unborn, &spec, ret_key))
			return 0;
		return keys_make(settings, ret_key, err);
	}
	if (keys_check_reuse(settings, lineage, err) < 0 ||
	    lineage_read_key(lineage, ret_key, err) < 0)
		return err->code;
	follow_type(settings, *ret_key);
	follow_key(settings, *ret_key);
	return 0;
}

int keys_for_second(struct settings *settings, struct lineage *companion, struct key **ret_key,
		    struct error *err)
{
	const char *type = key_types_second(settings);
	struct key_spec spec = spec_of(settings, type);

	if (spec.uri)
		return keys_check_token(settings, err);
	if (!companion || !lineage_current_version(companion) ||
	    !wants_reuse(settings, companion)) {
		if (take_left_key(companion, &spec, ret_key))
			return 0;
		return key_generate(&spec, ret_key, err);
	}
	if (check_reuse(settings, companion, type, err) < 0 ||
	    lineage_read_key(companion, ret_key, err) < 0)
		return err->code;
	follow_key(settings, *ret_key);
	return 0;
}

/* A second key that Certbot has left to itself stays on record until somebody says what the types
 * are, so that all who look can tell of it. */
void keys_note_types(const struct settings *settings, const struct lineage *lineage,
		     struct ini *conf)
{
	const char *second = key_types_second(settings);
	const char *left = lineage ? lineage_second_left(lineage) : NULL;

	key_types_note(settings, conf);
	if (second || settings_origin(settings, "key_type") == ORIGIN_COMMAND_LINE ||
	    !str_eq_or_null(left, key_types_first(settings)))
		lineage_note_second(conf, second);
}
