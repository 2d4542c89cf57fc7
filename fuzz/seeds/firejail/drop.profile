# comment
seccomp.drop read,socket
seccomp.32.drop ipc:ENOSYS
restrict-namespaces
