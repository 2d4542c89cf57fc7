/* SPDX-License-Identifier: MIT */
/* json_test.c: tests the places of errors in JSON, and running out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/formats.h"
#include "failing.h"

struct messages {
    struct cordon_reporter reporter;
    char text[1024];
};

static void remember(void *context, const struct cordon_diag *diag, const char *line,
                     uint32_t length)
{
    struct messages *messages = context;
    (void)line, (void)length;
    if (!messages->text[0])
        snprintf(messages->text, sizeof messages->text, "%u:%u+%u: %s", diag->place.line,
                 diag->place.column, diag->place.length, diag->text);
}

static enum cordon_error read_json(struct cordon_policy **policy, const char *text, size_t length,
                                   const struct cordon_allocator *allocator,
                                   struct messages *messages)
{
    struct cordon_format_options options = {.policy.allocator = allocator};
    *messages = (struct messages){.reporter = {.report = remember, .context = messages}};
    return cordon_format_by_name("oci", 3)->read(policy, text, length, "t", &options,
                                                 &messages->reporter);
}

static void must_report(const char *text, size_t length, const char *expected)
{
    struct cordon_policy *policy = NULL;
    struct messages messages;
    /* in memory of exactly its length, so that sanitizers see a read beyond it */
    char *exact = malloc(length ? length : 1);
    assert_non_null(exact);
    memcpy(exact, text, length);
    (void)!read_json(&policy, exact, length, NULL, &messages);
    free(exact);
    cordon_policy_free(policy);
    assert_string_equal(messages.text, expected);
}

static void errors_name_their_place(void **state)
{
    static const struct {
        const char *text, *messages;
    } cases[] = {
        {"", "1:1+1: not JSON: premature EOF"},
        {"{\"defaultAction\":\n \"SCMP_ACT_ALL", "2:2+1: not JSON: premature EOF"},
        {"[1,,2]", "1:4+1: not JSON: unallowed token at this point in JSON text"},
        {"{\"a\": 1,\n}", "2:1+1: not JSON: invalid object key (must be a string)"},
        {"{\"a\"::1}", "1:6+1: not JSON: unallowed token at this point in JSON text"},
        {"{} x", "1:4+1: not JSON: trailing garbage"},
        {"{\"a\": 01}", "1:8+1: not JSON: after key and value, inside map, I expect ',' or '}'"},
        {"{\"a\": tru }", "1:7+1: not JSON: invalid string in json text"},
        {"{\"a\": \"x\\q\"}",
         "1:10+1: not JSON: inside a string, '\\' occurs before a character which it may not"},
        {"{\"a\": \"x\n\"}", "1:9+1: not JSON: invalid character inside string"},
        {"{\n\"a\": 1,\n\"a\": 2}", "3:1+3: not JSON: duplicate object key"},
        {"{\"ab\": 1, \"a\\u0062\": 2}", "1:11+9: not JSON: duplicate object key"},
        {"{\n\v\"a\": 1}", "2:1+1: not JSON: invalid char in json text"},
        {"{\"a\": \"\f\"}", "1:8+1: not JSON: invalid char in json text"},
        {"{\"a\": \"\xc0\x80\"}", "1:8+1: not JSON: this byte is not UTF-8"},
        {"{\"a\": \"\xed\xa0\x80\"}", "1:8+1: not JSON: this byte is not UTF-8"},
        {"{\"a\": \"\xf4\x90\x80\x80\"}", "1:8+1: not JSON: this byte is not UTF-8"},
        {"{\"a\": \"\xc3", "1:8+1: not JSON: this byte is not UTF-8"},
        {"{\"a\": \"x\\u0000\"}", "1:7+9: not JSON: a NUL character"},
        {"{\"\\u0000\": 1}", "1:2+8: not JSON: a NUL character"},
        {"{\"a\": \"\\ud83d\"}", "1:7+8: not JSON: an unpaired surrogate"},
        {"{\"a\": \"\\ud83dx\\ude00\"}", "1:7+15: not JSON: an unpaired surrogate"},
        {"{\"a\": \"\\ude00\"}", "1:7+8: not JSON: an unpaired surrogate"},
        {"{\"a\": \"\\ud83d\\ude00\\\\\\/\"}", "1:2+1: unknown field \"a\", ignored"},
        {"{\"\xc3\xa9\\t\": null}", "1:2+3: unknown field \"\xc3\xa9\t\", ignored"},
        {"17", "1:1+2: a profile must be an object, this is a number"},
        {" \"x\"", "1:2+3: a profile must be an object, this is a string"},
        {"{\"defaultAction\": \"SCMP_ACT_\\u0041LLOW\", \"syscalls\": [{\"names\": [\"read\"], "
         "\"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", "
         "\"value\": 18446744073709551616}]}]}",
         "1:153+20: \"value\" is larger than 18446744073709551615"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        must_report(cases[i].text, strlen(cases[i].text), cases[i].messages);
    must_report("{\"a\": \0}", 8, "1:7+1: not JSON: invalid char in json text");
}

static void oversized_texts_are_refused(void **state)
{
    static char text[64 * 1024];
    size_t length;
    (void)state;
    memset(text, '[', 1000);
    must_report(text, 1000, "1:65+1: nested more than 64 deep");
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    must_report(text, 128, "1:1+1: a profile must be an object, this is a list");
    length = (size_t)sprintf(text, "{");
    for (int i = 0; i <= 1024; i++)
        length += (size_t)sprintf(text + length, "%s\n\"%x\":0", i ? "," : "", i);
    length += (size_t)sprintf(text + length, "}");
    must_report(text, length, "1026:1+5: not JSON: an object with too many keys");
}

/* Makes the n-th request for memory fail, for every n. */
static void running_out_of_memory_is_survived(void **state)
{
    static char text[32 * 1024];
    enum cordon_error error = CORDON_E_NO_MEMORY;
    (void)state;
    size_t length = (size_t)sprintf(text, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"comment\":\"");
    while (length < sizeof text - 400) /* with escapes, so that yajl needs memory for it */
        length += (size_t)sprintf(text + length, "\\u00e9 and so on, ");
    length += (size_t)sprintf(text + length,
                              "\",\"syscalls\":[{\"names\":[\"read\",\"write\"],\"action\":"
                              "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":7,"
                              "\"op\":\"SCMP_CMP_EQ\"}]}]}");
    for (int n = 0; error; n++) {
        int left = n;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_policy *policy = NULL;
        struct messages messages;
        error = read_json(&policy, text, length, &allocator, &messages);
        assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
        assert_true(n < 1000);
        if (error)
            assert_null(policy);
        else
            assert_true(n > 3 && left >= 0);
        cordon_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(oversized_texts_are_refused),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
