# SPDX-License-Identifier: MIT
# bash completion for cordon

_cordon()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local commands="run emulate check compile convert disasm asm sim explain diff show graph stat optimize dump syscalls policies doctor help"
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands --version --help" -- "$cur")
        return
    fi
    case $prev in
    -p | --policy)
        mapfile -t COMPREPLY < <(compgen -W "$(cordon policies | awk '{print $1}')" -- "$cur"; compgen -f -- "$cur")
        return ;;
    -a | --arch)
        mapfile -t COMPREPLY < <(compgen -W "native all x86_64 i386 x32 arm aarch64 riscv64 loongarch64 ppc ppc64 ppc64le s390 s390x" -- "$cur")
        return ;;
    -w | --weights)
        mapfile -t COMPREPLY < <(compgen -W "kernel-cache equal" -- "$cur"; compgen -f -- "$cur")
        return ;;
    --to | --from)
        mapfile -t COMPREPLY < <(compgen -W "$(cordon convert --list | awk '{print $1}')" -- "$cur")
        return ;;
    --approximate)
        mapfile -t COMPREPLY < <(compgen -W "stricter looser" -- "$cur")
        return ;;
    -t | --type)
        mapfile -t COMPREPLY < <(compgen -W "$([[ $command == graph ]] && echo dot svg || echo bpf c c-loader rust go asm)" -- "$cur")
        return ;;
    esac
    if [[ $cur == -* ]]; then
        local options="--json --arch --help"
        case $command in
        run) options+=" --policy --explain --no-trace --new-privs" ;;
        emulate) options+=" --policy --evidence --log --explain --detach" ;;
        check) options+=" --werror" ;;
        compile | asm) options+=" --output --type --weights" ;;
        convert) options+=" --to --output --approximate --list --from --caps --kernel --like --part" ;;
        diff) options+=" --subset" ;;
        graph) options+=" --output --type" ;;
        show | dump) options+=" --output" ;;
        stat) options+=" --weights" ;;
        optimize) options+=" --output --weights" ;;
        sim) options+=" --ip --batch" ;;
        syscalls) options+=" --groups --names" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    case $command in
    help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
    policies) mapfile -t COMPREPLY < <(compgen -W "$(cordon policies | awk '{print $1}')" -- "$cur") ;;
    syscalls) mapfile -t COMPREPLY < <(compgen -W "$(cordon syscalls --names; cordon syscalls --groups | awk '{print $1}')" -- "$cur") ;;
    sim | explain)
        if ((COMP_CWORD > 2)); then
            mapfile -t COMPREPLY < <(compgen -W "$(cordon syscalls --names)" -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi ;;
    run | emulate) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}
complete -o filenames -F _cordon cordon
