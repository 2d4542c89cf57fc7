/* SPDX-License-Identifier: MIT */
/* explain.c: a program that explains the call that its own policy traps: the call, its
 * arguments, and the cause. */
#define _POSIX_C_SOURCE 200809L
#include <cordon.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char text[] = "default trap\n"
                           "allow @basic-io, exit_group, rt_sigreturn\n"
                           "allow socket(domain == AF_UNIX)\n";
static struct cordon_policy *policy;
static struct cordon_compiled compiled;

/* Uses only what is async-signal-safe: see sigsys.h. */
static void explain(int number, siginfo_t *info, void *context)
{
    char message[512];
    struct cordon_data data;
    struct cordon_buffer buffer = {message, sizeof message, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    (void)number;
    if (cordon_data_from_sigsys(&data, info, context))
        _exit(2);
    uint32_t decider = cordon_model_evaluate(compiled.model, compiled.meaning.deciders, &data);
    struct cordon_fallback rule = cordon_policy_decider(policy, decider);
    cordon_sink_text(&sink, "trapped: ");
    cordon_call_print(&sink, &data, NULL);
    cordon_sink_text(&sink, "\nverdict: ");
    cordon_action_print(&sink, cordon_program_run(&compiled.code.program, &data).value);
    cordon_sink_text(&sink, ", by line ");
    cordon_sink_decimal(&sink, rule.place.line);
    cordon_sink_text(&sink, " of the policy\nto allow it: ");
    cordon_call_suggest(&sink, &data);
    cordon_sink_text(&sink, "\n");
    ssize_t written = write(STDOUT_FILENO, message, strlen(message));
    _exit(written < 0 ? 2 : 3);
}

/* Keeps the last error for main(). */
static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)line, (void)length;
    if (diag->severity == CORDON_ERROR)
        *(struct cordon_diag *)context = *diag;
}

static enum cordon_error confine(struct cordon_diag *diag)
{
    struct cordon_reporter reporter = {report, diag, 0, 0};
    enum cordon_error error =
        cordon_policy_read(&policy, text, strlen(text), "text", NULL, &reporter);
    if (!error)
        error = cordon_compile(&compiled, policy, NULL, 0, NULL, &reporter);
    return error ? error : cordon_load(&compiled.code.program, CORDON_LOAD_TSYNC, diag);
}

int main(void)
{
    struct sigaction action;
    struct cordon_diag diag;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = explain;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, NULL);
    if (confine(&diag)) {
        fprintf(stderr, "not confined: %s\n", diag.text);
        return 1;
    }
    return socket(AF_INET, SOCK_STREAM, 0) < 0; /* trapped */
}
