/* SPDX-License-Identifier: MIT */
/*
 * detect_test.c: what a text is taken for. Readers of logs and units pass over what they don't
 * know, so a text of another format mustn't come to them: it is claimed by its own format alone, or
 * it is said that there is doubt.
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
    const char *is; /* "a or b": in doubt */
};

/* The order of two that are in doubt means nothing. */
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

static void texts_are_taken_for_what_they_are(void **state)
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
        {"{ \"defaultAction\": 1, \"default_action\": 2 }", "x", "oci or seccompiler"},
        {"{ \"vmm\": { \"default_action\": 1 } }", "x", "seccompiler"},
        {"{ \"apiVersion\": \"security-profiles-operator.x-k8s.io/v1beta1\", \"kind\": "
         "\"SeccompProfile\", \"spec\": { \"defaultAction\": 1 } }",
         "x", "k8s"},
        /* what a comment quotes */
        {"# " AUDIT "\nread: 1\n", "x", "minijail"},
        {"allow read\n# " AUDIT "\n", "x", "cordon"},
        {"allow read # \"default_action\"\n", "x", "cordon"},
        {"// " AUDIT "\nALLOW { read } DEFAULT KILL\n", "x", "kafel"},
        {"# read(0) = 1\ndefault kill_process\n", "x", "cordon"},
        /* what others would pass over */
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

/* Every seed stands in the folder of its format. */
static void seeds_are_taken_for_what_they_are(void **state)
{
    size_t count, seen = 0;
    const struct cordon_format *formats = cordon_formats(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", getenv("CORDON_SEEDS"), formats[i].name);
        DIR *folder = formats[i].read ? opendir(path) : NULL;
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            static char text[65536];
            snprintf(path, sizeof path, "%s/%s/%s", getenv("CORDON_SEEDS"), formats[i].name,
                     entry->d_name);
            FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
            if (!file)
                continue;
            size_t length = fread(text, 1, sizeof text, file);
            fclose(file);
            assert_string_equal(taken_for(text, length, "x", false), formats[i].name);
            assert_string_equal(taken_for(text, length, path, false), formats[i].name);
            seen++;
        }
        if (folder)
            closedir(folder);
    }
    print_message("# %zu seeds\n", seen);
    assert_true(seen > 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_taken_for_what_they_are),
        cmocka_unit_test(seeds_are_taken_for_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
