# SPDX-License-Identifier: MIT
set -l commands run emulate check compile convert disasm asm sim explain diff show graph stat optimize dump syscalls policies doctor help
complete -c cordon -n "not __fish_seen_subcommand_from $commands" -f -a "$commands"
complete -c cordon -n "__fish_seen_subcommand_from $commands" -l json -d 'output for programs'
complete -c cordon -n "__fish_seen_subcommand_from $commands" -s a -l arch -x -d architectures -a 'native all x86_64 i386 x32 arm aarch64 riscv64 s390x'
complete -c cordon -n "__fish_seen_subcommand_from $commands" -s h -l help -d help
complete -c cordon -n "__fish_seen_subcommand_from run emulate" -s p -l policy -r -d policy -a "(cordon policies | string replace -r ' .*' '')"
complete -c cordon -n "__fish_seen_subcommand_from run emulate" -l explain -d 'explain verdicts'
complete -c cordon -n "__fish_seen_subcommand_from emulate" -l evidence -r -d 'file of filters and verdicts'
complete -c cordon -n "__fish_seen_subcommand_from emulate" -l log -r -d 'file of audit records'
complete -c cordon -n "__fish_seen_subcommand_from emulate" -l detach -d 'the tracer stands aside'
complete -c cordon -n "__fish_seen_subcommand_from run" -l no-trace -d 'leave the program alone'
complete -c cordon -n "__fish_seen_subcommand_from run" -l new-privs -d 'keep privileges'
complete -c cordon -n "__fish_seen_subcommand_from check" -s W -l werror -d 'warnings are errors'
complete -c cordon -n "__fish_seen_subcommand_from compile asm" -s o -l output -r -d file
complete -c cordon -n "__fish_seen_subcommand_from compile asm" -s t -l type -x -d type -a 'bpf c c-loader rust go asm'
complete -c cordon -n "__fish_seen_subcommand_from sim" -l ip -x -d 'instruction pointer'
complete -c cordon -n "__fish_seen_subcommand_from sim" -l batch -d 'many calls'
complete -c cordon -n "__fish_seen_subcommand_from syscalls" -l groups -d 'list groups'
complete -c cordon -n "__fish_seen_subcommand_from syscalls" -l names -d 'names only'
complete -c cordon -n "__fish_seen_subcommand_from syscalls" -f -a "(cordon syscalls --names)"
complete -c cordon -n "__fish_seen_subcommand_from policies" -f -a "(cordon policies | string replace -r ' .*' '')"
complete -c cordon -n "__fish_seen_subcommand_from compile optimize stat" -s w -l weights -r -d 'what is made fast' -a 'kernel-cache equal'
complete -c cordon -n "__fish_seen_subcommand_from diff" -s s -l subset -d 'only where A is more permissive'
complete -c cordon -n "__fish_seen_subcommand_from show graph optimize dump" -s o -l output -r -d file
complete -c cordon -n "__fish_seen_subcommand_from graph" -s t -l type -x -d type -a 'dot svg'
complete -c cordon -n "__fish_seen_subcommand_from convert" -s t -l to -x -d format -a "(cordon convert --list | string replace -r ' .*' '')"
complete -c cordon -n "__fish_seen_subcommand_from convert" -s o -l output -r -d file
complete -c cordon -n "__fish_seen_subcommand_from convert" -l approximate -x -d 'what can not be said' -a 'stricter looser'
complete -c cordon -n "__fish_seen_subcommand_from convert" -l list -d 'list formats'
complete -c cordon -n "__fish_seen_subcommand_from convert" -l from -x -d 'format read' -a "(cordon convert --list | string replace -r ' .*' '')"
complete -c cordon -n "__fish_seen_subcommand_from convert" -l caps -x -d capabilities -a 'none default podman all'
complete -c cordon -n "__fish_seen_subcommand_from convert" -l kernel -x -d version
complete -c cordon -n "__fish_seen_subcommand_from convert" -l like -x -d tool -a 'crun runc docker podman'
complete -c cordon -n "__fish_seen_subcommand_from convert" -l part -x -d 'of several policies'
