seccomp.keep @default-keep,@system-service,!prctl
seccomp.block-secondary
seccomp-error-action kill
allow-debuggers
?HAS_X11: seccomp
