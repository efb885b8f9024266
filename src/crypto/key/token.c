/*
 * Keys in tokens, through OpenSSL's providers (see token.h). They live in a library context of
 * their own: a TPM that offered its digests and its random numbers to the rest of the program would
 * make each of them a question to a chip, and would fail with it.
 *
 * A key is opened for each use. A renewal uses it once, for the request, and a session that stayed
 * open would be in the way of the server that has the same key.
 */
#include "crypto/key/token.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <openssl/asn1t.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>

#include "base/alloc.h"
#include "codec/pem.h"
#include "crypto/key/key_parts.h"

DEFINE_AUTO_EVP(X509_PUBKEY, X509_PUBKEY_free);
DEFINE_AUTO_EVP(OSSL_STORE_CTX, OSSL_STORE_close);
DEFINE_AUTO_EVP(OSSL_STORE_INFO, OSSL_STORE_INFO_free);

/* The contents of a "PKCS#11 PROVIDER URI". */
struct provider_uri {
	ASN1_VISIBLESTRING *title;
	ASN1_UTF8STRING *uri;
};
#define PROVIDER_URI_TITLE "PKCS#11 Provider URI v1.0"

/* clang-format off */
ASN1_SEQUENCE(PROVIDER_URI) = {
	ASN1_SIMPLE(struct provider_uri, title, ASN1_VISIBLESTRING),
	ASN1_SIMPLE(struct provider_uri, uri, ASN1_UTF8STRING),
} static_ASN1_SEQUENCE_END_name(struct provider_uri, PROVIDER_URI);
/* clang-format on */

/* `from_block` reads the public half where the block has it. */
static const struct token {
	const char *scheme;   /* of --key-uri */
	const char *label;    /* of the PEM block */
	const char *provider; /* OpenSSL's name */
	const char *wanted;   /* the property that a fetch asks for */
	const char *hint;
	int (*from_block)(struct span der, EVP_PKEY **ret_pkey, struct error *err);
} tokens[] = {
	{"tpm2:", "TSS2 PRIVATE KEY", "tpm2", "provider=tpm2",
	 "it needs the package tpm2-openssl, and a TPM that this user may use: /dev/tpmrm0, or what "
	 "TPM2OPENSSL_TCTI in the environment names",
	 tss2_public_key},
	{"pkcs11:", "PKCS#11 PROVIDER URI", "pkcs11", "provider=pkcs11",
	 "it needs the package pkcs11-provider (Debian 13 or later), and a module for the token: one "
	 "of p11-kit's, or that of PKCS11_PROVIDER_MODULE or of openssl.cnf",
	 NULL},
};
enum token_index { TOKEN_TPM2, TOKEN_PKCS11 };

/* The providers stay loaded until the process ends. One caller at a time, because few tokens can
 * serve several threads. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static OSSL_LIB_CTX *library;

/* A chip may take half a minute to find the primes of an RSA key; all else takes milliseconds. */
#define LIMIT_S 30
#define GENERATION_LIMIT_S 120
/* The time between two looks whether the run is to stop. */
#define LOOK_MS 100

/* A token did not answer in time: whoever asks again would wait as long. The thread that asked,
 * which nothing can end while it is inside a provider, keeps the question. */
static bool is_silent;
static bool (*run_should_stop)(void);

void token_heed(bool (*should_stop)(void))
{
	run_should_stop = should_stop;
}

/* A question to a token, with copies of all that it takes, as the thread that asks may outlive
 * whoever waits. */
struct question {
	int (*ask)(struct question *question, struct error *err);
	const struct token *token;
	char *text; /* a URI, or the reference of a key */
	enum key_kind kind;
	int rsa_bits;
	char *curve;
	time_t limit_s;
	/* The answer. */
	struct key *key;
	EVP_PKEY *pkey;
	struct error error;
	sem_t ended;
};

static void question_free(struct question *question)
{
	if (!question)
		return;
	free(question->text);
	free(question->curve);
	key_free(question->key);
	EVP_PKEY_free(question->pkey);
	error_release(&question->error);
	sem_destroy(&question->ended);
	free(question);
}
DEFINE_AUTO_PTR(question, question_free);

static struct question *question_new(int (*ask)(struct question *question, struct error *err),
				     const struct token *token, const char *text)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->ask = ask;
	question->token = token;
	question->text = xstrdup(text);
	question->limit_s = LIMIT_S;
	sem_init(&question->ended, 0, 0);
	return question;
}

static void *ask_in_thread(void *argument)
{
	struct question *question = argument;

	(void)!question->ask(question, &question->error);
	sem_post(&question->ended);
	return NULL;
}

/* Signals are for the threads that look whether one has come. */
static int start_thread(struct question *question)
{
	sigset_t all, before;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, ask_in_thread, question);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_detach(thread);
	return rc;
}

/* Waits for the answer by the monotonic clock; false when there is none in time. */
static bool await_answer(struct question *question)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec + question->limit_s; now.tv_sec < end;
	     clock_gettime(CLOCK_MONOTONIC, &now)) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		if (sem_timedwait(&question->ended, &until) == 0)
			return true;
		if (run_should_stop && run_should_stop())
			return false;
	}
	return false;
}

static int silent_error(const struct question *question, struct error *err)
{
	error_set(err, ERR_IO, "the token of provider '%s' does not answer",
		  question->token->provider);
	return error_hint(err, "see whether other programs reach it: tpm2_getrandom 8, or "
			       "pkcs11-tool --list-slots");
}

/* The question is freed unless its thread keeps it. */
static int ask_locked(struct question **question, struct error *err)
{
	struct question *asked = *question;

	if (is_silent)
		return silent_error(asked, err);
	if (start_thread(asked) != 0)
		return error_set(err, ERR_IO, "cannot start a thread that asks a token");
	if (await_answer(asked))
		return error_is_set(&asked->error) ? error_move(err, &asked->error) : 0;
	*question = NULL;
	is_silent = true;
	if (run_should_stop && run_should_stop())
		return error_set(err, ERR_CANCELLED, "stopped while a token was asked");
	return silent_error(asked, err);
}

static int ask_token(struct question **question, struct error *err)
{
	int rc;

	pthread_mutex_lock(&one_at_a_time);
	rc = ask_locked(question, err);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

/* As the other programs of this machine have it: openssl.cnf may say which module is used. */
static void begin_library(void)
{
	char *conf = CONF_get1_default_config_file();

	library = EVP_MADE(OSSL_LIB_CTX_new());
	if (conf)
		OSSL_LIB_CTX_load_config(library, conf);
	OPENSSL_free(conf);
	evp_must(OSSL_PROVIDER_load(library, "default") != NULL);
	ERR_clear_error();
}

static int load_provider(const struct token *token, struct error *err)
{
	if (!library)
		begin_library();
	if (OSSL_PROVIDER_available(library, token->provider) ||
	    OSSL_PROVIDER_load(library, token->provider))
		return 0;
	evp_error(err, "cannot load OpenSSL's provider '%s'", token->provider);
	error_recode(err, ERR_NOT_FOUND);
	return error_hint(err, "%s", token->hint);
}

static const struct token *token_of_uri(const char *uri)
{
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		if (strncmp(uri, tokens[i].scheme, strlen(tokens[i].scheme)) == 0)
			return &tokens[i];
	return NULL;
}

static const struct token *token_of_label(struct span label)
{
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		if (span_eq(label, tokens[i].label))
			return &tokens[i];
	return NULL;
}

bool token_has_label(struct span label)
{
	return token_of_label(label) != NULL;
}

/* The first block that names a key in a token; NULL if there is none. Sets the label. */
static const struct token *token_of_pem(const char *pem, size_t len)
{
	struct span rest = span_make(pem, len), label;

	for (;;) {
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		AUTO(error) struct error malformed = ERROR_INIT;
		int rc = pem_next(&rest, &label, &der, &malformed);

		secret_wipe(der.text, der.len);
		if (rc <= 0)
			return NULL;
		if (token_of_label(label))
			return token_of_label(label);
	}
}

bool key_pem_is_in_token(const char *pem, size_t len)
{
	return token_of_pem(pem, len) != NULL;
}

bool key_is_in_token(const struct key *key)
{
	return key->reference != NULL;
}

int key_require_private(const struct key *key, const char *use, struct error *err)
{
	if (!key_is_in_token(key))
		return 0;
	return error_set(err, ERR_REFUSED,
			 "%s needs the private key itself, but this one is in a token (--key-uri)",
			 use);
}

/* ---- --key-uri ---- */

bool key_uri_is_file(const char *uri)
{
	return !uri || strcmp(uri, "file:") == 0;
}

bool key_uri_names_key(const char *uri)
{
	return !key_uri_is_file(uri) && token_of_uri(uri) == &tokens[TOKEN_PKCS11];
}

static int check_form(const char *uri, struct error *err)
{
	const struct token *token = token_of_uri(uri);

	if (token && strstr(uri, "pin-value="))
		return error_set(
			err, ERR_CONFIG,
			"--key-uri has a PIN, which would stand in files that everybody may "
			"read: put it into a file of its own, and pin-source=file:/that/file "
			"into the URI");
	if (token == &tokens[TOKEN_PKCS11] && uri[strlen(token->scheme)])
		return 0;
	if (token == &tokens[TOKEN_TPM2] && !uri[strlen(token->scheme)])
		return 0;
	return error_set(err, ERR_CONFIG,
			 "cannot use --key-uri '%s': expected tpm2: (a key that this machine's TPM "
			 "makes), pkcs11:token=NAME;object=NAME (one that is in a token), or file:",
			 uri);
}

/* ---- From what a provider gives to our struct key ---- */

/* The public half as a key of the usual kind. What asks for it need not know of tokens. */
static int copy_public(const EVP_PKEY *pkey, EVP_PKEY **ret_public, struct error *err)
{
	AUTO(X509_PUBKEY) X509_PUBKEY *spki = EVP_MADE(X509_PUBKEY_new());
	const unsigned char *bits;
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING octets = {.type = V_ASN1_BIT_STRING};

	if (!X509_PUBKEY_set(&spki, (EVP_PKEY *)pkey) ||
	    !X509_PUBKEY_get0_param(NULL, &bits, &octets.length, &algorithm, spki)) {
		evp_error(err, "cannot read the public half of a key in a token");
		return error_hint(err,
				  "the token must have the public key, too, under the same id");
	}
	octets.data = (unsigned char *)bits;
	if (key_evp_from_spki(algorithm, &octets, ret_public, err) < 0)
		return err->code;
	if (*ret_public)
		return 0;
	return error_set(err, ERR_PARSE,
			 "cannot use the key in the token: it is neither RSA nor on curve P-256, "
			 "P-384 or P-521");
}

static int name_by_provider(const struct token *token, const EVP_PKEY *pkey, char **ret_pem,
			    struct error *err)
{
	AUTO(BIO) BIO *memory = EVP_MADE(BIO_new(BIO_s_secmem()));
	char *text;
	long len;

	if (!PEM_write_bio_PrivateKey(memory, pkey, NULL, NULL, 0, NULL, NULL))
		return evp_error(err, "provider '%s' cannot name its key as PEM", token->provider);
	len = BIO_get_mem_data(memory, &text);
	/* A provider that hands out the key itself is not what was asked for. */
	if (token_of_pem(text, (size_t)len) != token)
		return error_set(err, ERR_INTERNAL,
				 "provider '%s' names its key in a form that is not known here",
				 token->provider);
	*ret_pem = xstrndup(text, (size_t)len);
	return 0;
}

/* pkcs11-provider writes such blocks only where openssl.cnf tells it to, but always reads them. */
static char *name_by_uri(const struct token *token, const char *uri)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT, pem = STRBUF_INIT;
	struct provider_uri block = {EVP_MADE(ASN1_VISIBLESTRING_new()),
				     EVP_MADE(ASN1_UTF8STRING_new())};

	evp_must(ASN1_STRING_set(block.title, PROVIDER_URI_TITLE, -1) &&
		 ASN1_STRING_set(block.uri, uri, -1));
	evp_add_der(&der, &block, ASN1_ITEM_rptr(PROVIDER_URI));
	ASN1_VISIBLESTRING_free(block.title);
	ASN1_UTF8STRING_free(block.uri);
	pem_encode(&pem, token->label, der.text, der.len);
	return strbuf_detach(&pem);
}

static int write_reference(const struct token *token, const char *uri, const EVP_PKEY *pkey,
			   char **ret_pem, struct error *err)
{
	if (!key_uri_names_key(uri))
		return name_by_provider(token, pkey, ret_pem, err);
	*ret_pem = name_by_uri(token, uri);
	return 0;
}

static int give_key(EVP_PKEY *own_public, char *own_reference, struct key **ret_key,
		    struct error *err)
{
	AUTO_FREE char *reference = own_reference;

	if (key_give(own_public, ret_key, err) < 0)
		return err->code;
	(*ret_key)->reference = STEAL(reference);
	return 0;
}

static int key_of_provider(const char *uri, const EVP_PKEY *pkey, struct key **ret_key,
			   struct error *err)
{
	AUTO(EVP_PKEY) EVP_PKEY *public_half = NULL;
	AUTO_FREE char *reference = NULL;

	if (write_reference(token_of_uri(uri), uri, pkey, &reference, err) < 0 ||
	    copy_public(pkey, &public_half, err) < 0)
		return err->code;
	return give_key(STEAL(public_half), STEAL(reference), ret_key, err);
}

/* ---- Making, finding, opening ---- */

static EVP_PKEY *generate(const struct question *spec)
{
	const struct curve *curve = spec->kind == KEY_EC ? curve_by_name(spec->curve) : NULL;
	AUTO(EVP_PKEY_CTX)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, curve ? "EC" : "RSA",
							   spec->token->wanted);
	EVP_PKEY *pkey = NULL;

	if (!context || EVP_PKEY_keygen_init(context) <= 0 ||
	    (curve ? EVP_PKEY_CTX_set_group_name(context, curve->jwk_name)
		   : EVP_PKEY_CTX_set_rsa_keygen_bits(context, spec->rsa_bits)) <= 0 ||
	    EVP_PKEY_generate(context, &pkey) <= 0)
		return NULL;
	return pkey;
}

static int ask_generation(struct question *question, struct error *err)
{
	const struct token *token = question->token;
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	if (load_provider(token, err) < 0)
		return err->code;
	pkey = generate(question);
	if (pkey)
		return key_of_provider(question->text, pkey, &question->key, err);
	evp_error(err, "the token '%s' cannot make a key (%s)", question->text,
		  question->kind == KEY_RSA ? "RSA" : question->curve);
	return error_hint(err, "many TPMs know only RSA of 2048 bits and secp256r1; %s",
			  token->hint);
}

int token_generate(const struct key_spec *spec, struct key **ret_key, struct error *err)
{
	AUTO(question)
	struct question *question = question_new(ask_generation, token_of_uri(spec->uri),
						 spec->uri);

	question->kind = spec->kind;
	question->rsa_bits = spec->rsa_bits;
	question->curve = xstrdup_or_null(spec->curve);
	question->limit_s = GENERATION_LIMIT_S;
	if (ask_token(&question, err) < 0)
		return err->code;
	*ret_key = STEAL(question->key);
	return 0;
}

/* The first private key among what the URI names. */
static EVP_PKEY *load_uri(const struct token *token, const char *uri)
{
	AUTO(OSSL_STORE_CTX)
	OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, library, token->wanted, NULL, NULL, NULL,
						   NULL, NULL);

	if (!store)
		return NULL;
	while (!OSSL_STORE_eof(store)) {
		AUTO(OSSL_STORE_INFO) OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			return OSSL_STORE_INFO_get1_PKEY(info);
	}
	return NULL;
}

static int ask_for_uri(struct question *question, struct error *err)
{
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	if (load_provider(question->token, err) < 0)
		return err->code;
	pkey = load_uri(question->token, question->text);
	if (pkey)
		return key_of_provider(question->text, pkey, &question->key, err);
	evp_error(err, "cannot find the private key '%s'", question->text);
	error_recode(err, ERR_NOT_FOUND);
	return error_hint(err, "'pkcs11-tool --list-objects --login' shows what the token has; the "
			       "PIN comes from pin-source=file:/a/file in the URI");
}

static int ask_for_provider(struct question *question, struct error *err)
{
	return load_provider(question->token, err);
}

/* With a provider that is there, a TPM may still refuse to make a key of this kind. */
static int reach_provider(const char *uri, struct error *err)
{
	AUTO(question)
	struct question *question = question_new(ask_for_provider, token_of_uri(uri), uri);

	return ask_token(&question, err);
}

int key_uri_reach(const char *uri, struct error *err)
{
	AUTO(key) struct key *key = NULL;

	if (key_uri_is_file(uri))
		return 0;
	if (check_form(uri, err) < 0)
		return err->code;
	return key_uri_names_key(uri) ? key_from_uri(uri, &key, err) : reach_provider(uri, err);
}

int key_from_uri(const char *uri, struct key **ret_key, struct error *err)
{
	AUTO(question)
	struct question *question = question_new(ask_for_uri, token_of_uri(uri), uri);

	if (ask_token(&question, err) < 0)
		return err->code;
	*ret_key = STEAL(question->key);
	return 0;
}

static int ask_to_open(struct question *question, struct error *err)
{
	const struct token *token = question->token;
	AUTO(BIO) BIO *memory = EVP_MADE(BIO_new_mem_buf(question->text, -1));

	if (load_provider(token, err) < 0)
		return err->code;
	question->pkey = PEM_read_bio_PrivateKey_ex(memory, NULL, NULL, NULL, library,
						    token->wanted);
	if (question->pkey)
		return 0;
	evp_error(err, "cannot open the key in the token");
	error_recode(err, ERR_NOT_FOUND);
	return error_hint(err, "%s", token->hint);
}

static int open_locked(const struct token *token, const char *reference, EVP_PKEY **ret_pkey,
		       struct error *err)
{
	AUTO(question) struct question *question = question_new(ask_to_open, token, reference);

	if (ask_locked(&question, err) < 0)
		return err->code;
	*ret_pkey = STEAL(question->pkey);
	return 0;
}

static int open_reference(const char *reference, EVP_PKEY **ret_pkey, struct error *err)
{
	const struct token *token = token_of_pem(reference, strlen(reference));
	int rc;

	pthread_mutex_lock(&one_at_a_time);
	rc = open_locked(token, reference, ret_pkey, err);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

/* By the token's own provider: others would take over the public half and miss the private one. */
static int begin_in_token(const struct key *key, const char *hash, EVP_MD_CTX *context,
			  struct error *err)
{
	const struct token *token = token_of_pem(key->reference, strlen(key->reference));
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	if (open_locked(token, key->reference, &pkey, err) < 0)
		return err->code;
	if (EVP_DigestSignInit_ex(context, NULL, hash, library, token->wanted, pkey, NULL) == 1)
		return 0;
	return evp_error(err, "the token cannot sign with its %s key", key_kind_label(key->kind));
}

static int begin_in_memory(const struct key *key, const char *hash, EVP_MD_CTX *context,
			   struct error *err)
{
	if (EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, key->pkey, NULL) == 1)
		return 0;
	return evp_error(err, "cannot sign with %s key", key_kind_label(key->kind));
}

int key_begin_signature(const struct key *key, const char *hash, EVP_MD_CTX **ret_context,
			struct error *err)
{
	EVP_MD_CTX *context = EVP_MADE(EVP_MD_CTX_new());
	int rc;

	if (key->reference)
		pthread_mutex_lock(&one_at_a_time);
	rc = key->reference ? begin_in_token(key, hash, context, err)
			    : begin_in_memory(key, hash, context, err);
	if (rc < 0)
		key_end_signature(key, context);
	else
		*ret_context = context;
	return rc;
}

/* The context goes with the lock held: it has the token's session. */
void key_end_signature(const struct key *key, EVP_MD_CTX *context)
{
	EVP_MD_CTX_free(context);
	if (key->reference)
		pthread_mutex_unlock(&one_at_a_time);
}

/* Asks the token only if the block does not tell. */
static int public_of_block(const struct token *token, struct span der, const char *reference,
			   EVP_PKEY **ret_public, struct error *err)
{
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	if (token->from_block)
		return token->from_block(der, ret_public, err);
	if (open_reference(reference, &pkey, err) < 0)
		return err->code;
	return copy_public(pkey, ret_public, err);
}

int token_key_of_block(struct span label, struct span der, struct key **ret_key, struct error *err)
{
	const struct token *token = token_of_label(label);
	AUTO(strbuf) struct strbuf reference = STRBUF_INIT;
	EVP_PKEY *public_half = NULL;

	pem_encode(&reference, token->label, der.ptr, der.len);
	if (public_of_block(token, der, reference.text, &public_half, err) < 0)
		return err->code;
	return give_key(public_half, xstrdup(reference.text), ret_key, err);
}
