/* SPDX-License-Identifier: MIT */
/*
 * detect_test.c: tests which format a text is detected as. Readers of logs and units skip what they
 * don't know, so they must not get a text of another format: either its own format alone claims it,
 * or detection reports two formats.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/formats.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define AUDIT        "type=SECCOMP msg=audit(1.2:3): arch=c000003e syscall=59 "

struct sample {
    const char *text, *name;
    const char *is; /* "a or b": two formats claim it */
};

/* If two formats claim a text, their order doesn't matter. */
static const char *taken_for(const char *text, size_t length, const char *name, bool turned)
{
    static char words[64];
    const struct cordon_format *rival;
    const struct cordon_format *format = cordon_format_detect(text, length, name, &rival);
    if (!rival)
        return format->name;
    snprintf(words, sizeof words, "%s or %s", (turned ? rival : format)->name,
             (turned ? format : rival)->name);
    return words;
}

static void each_text_is_detected(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", "x", "cordon"},
        {"\n", "x.policy", "minijail"},
        {"read", "x", "cordon"},
        {"# only this\n", "x.txt", "cordon"},
        {"allow read\n", "x", "cordon"},
        {"errno(EPERM) read\n", "x", "cordon"},
        {"# [Service]\n\n  default kill_process\n", "x", "cordon"},
        {"include \"base\"\n", "x", "cordon"},
        {"read: 1", "x", "minijail"},
        {"\xef\xbb\xbfread: 1\n", "x", "cordon"},
        {"read: 1\r\n", "x", "minijail"},
        {"{read, write}: 1\n", "x", "minijail"},
        {"@default trap\n", "x", "minijail"},
        {"# SECCOMP POLICY of ours: DEFAULT is kill, ERRNO(1) else\nread: 1\n", "x", "minijail"},
        {"ALLOW {\n  read, write\n}\nDEFAULT KILL\n", "x.policy", "kafel"},
        {"ALLOW {\n  read, write\n}\nDEFAULT KILL\n", "x", "kafel"},
        {"POLICY a { }\n", "x", "kafel"},
        {"ERRNO(1) { write } DEFAULT ALLOW\n", "x", "kafel"},
        {"/*\n" AUDIT "\n*/\nALLOW { read } DEFAULT KILL\n", "x", "audit or kafel"},
        {"[Service]\n", "x", "systemd"},
        {"[Service]\nSystemCallFilter=~mkdir \\\n  rmdir:kill read:1\n", "x", "systemd"},
        {"# one \\\nread: 1\nwrite: 1\n", "x", "minijail"},
        {"seccomp", "x", "firejail"},
        {"seccomp", "x.profile", "firejail"},
        {"seccomp.drop mkdir\nprotocol unix\n", "x", "firejail"},
        {AUDIT, "x", "audit"},
        {"read(0, \"\", 1) = 0\n", "x", "strace"},
        {"kill(1, SIGTERM) = 0\n", "x", "strace"},
        {"{ \"defaultAction\": 1, \"default_action\": 2 }", "x", "oci or seccompiler"},
        {"{ \"vmm\": { \"default_action\": 1 } }", "x", "seccompiler"},
        {"{ \"apiVersion\": \"security-profiles-operator.x-k8s.io/v1beta1\", \"kind\": "
         "\"SeccompProfile\", \"spec\": { \"defaultAction\": 1 } }",
         "x", "k8s"},
        /* formats quoted in a comment */
        {"# " AUDIT "\nread: 1\n", "x", "minijail"},
        {"allow read\n# " AUDIT "\n", "x", "cordon"},
        {"allow read # \"default_action\"\n", "x", "cordon"},
        {"// " AUDIT "\nALLOW { read } DEFAULT KILL\n", "x", "kafel"},
        {"# read(0) = 1\ndefault kill_process\n", "x", "cordon"},
        /* text that lenient readers would skip */
        {AUDIT "\nread: 1\n", "x", "audit or minijail"},
        {"read: 1\nread: 1\n" AUDIT "\n", "x", "minijail or audit"},
        {"default kill_process\nseccomp.x\n", "x", "firejail or cordon"},
        {"read: 1\nprivate-tmp\n", "x", "minijail or firejail"},
        {"read: 1\n[Service]\n", "x.policy", "systemd or minijail"},
        {"allow read\n[Service]\n", "x", "systemd or cordon"},
        {"allow read\n[Service]\n", "x.cordon", "cordon"},
        {"read(0) = 0\n" AUDIT "\n", "x", "audit or strace"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        size_t length = strlen(sample->text);
        const char *turned = taken_for(sample->text, length, sample->name, true);
        if (!strcmp(turned, sample->is))
            continue;
        assert_string_equal(taken_for(sample->text, length, sample->name, false), sample->is);
    }
}

/* ---- seeds ---- */

struct seed {
    const struct cordon_format *format; /* the folder of the text counts */
    char path[512];
    char *text;
    size_t length;
};

static struct seed seeds[256];
static size_t seed_count;

static void read_seed(const struct cordon_format *format, const char *name)
{
    struct seed *seed = &seeds[seed_count];
    snprintf(seed->path, sizeof seed->path, "%s/%s/%s", getenv("CORDON_SEEDS"), format->name, name);
    FILE *file = name[0] == '.' ? NULL : fopen(seed->path, "r");
    if (!file)
        return;
    seed->format = format;
    seed->text = calloc(1, 65536);
    assert_non_null(seed->text);
    seed->length = fread(seed->text, 1, 65535, file);
    fclose(file);
    assert_true(++seed_count < COUNT(seeds));
}

static int read_seeds(void **state)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", getenv("CORDON_SEEDS"), formats[i].name);
        DIR *folder = formats[i].read ? opendir(path) : NULL;
        for (struct dirent *entry; folder && (entry = readdir(folder));)
            read_seed(&formats[i], entry->d_name);
        if (folder)
            closedir(folder);
    }
    print_message("# %zu seeds\n", seed_count);
    return seed_count > 25 ? 0 : -1;
}

static int free_seeds(void **state)
{
    (void)state;
    while (seed_count > 0)
        free(seeds[--seed_count].text);
    return 0;
}

static void seeds_are_detected(void **state)
{
    (void)state;
    for (size_t i = 0; i < seed_count; i++) {
        const struct seed *seed = &seeds[i];
        assert_string_equal(taken_for(seed->text, seed->length, "x", false), seed->format->name);
        assert_string_equal(taken_for(seed->text, seed->length, seed->path, false),
                            seed->format->name);
    }
}

static bool is_one_of(const char *format, const char *names)
{
    return strstr(names, format) != NULL;
}

/* No lenient reader gets a text that is partly in another format; JSON after other text doesn't
 * count. */
static void texts_of_two_formats_are_ambiguous(void **state)
{
    static char text[2 * 65536];
    (void)state;
    for (size_t i = 0; i < seed_count * seed_count; i++) {
        const struct seed *one = &seeds[i / seed_count], *other = &seeds[i % seed_count];
        if (one->format == other->format || is_one_of(other->format->name, "oci seccompiler"))
            continue;
        memcpy(text, one->text, one->length);
        memcpy(text + one->length, other->text, other->length);
        const char *is = taken_for(text, one->length + other->length, "x", false);
        if (is_one_of(is, "systemd firejail audit strace perf"))
            fail_msg("%s, %s: %s", one->path, other->path, is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_is_detected),
        cmocka_unit_test(seeds_are_detected),
        cmocka_unit_test(texts_of_two_formats_are_ambiguous),
    };
    return cmocka_run_group_tests(tests, read_seeds, free_seeds);
}
