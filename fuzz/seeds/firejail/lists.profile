include x.inc
ignore seccomp.keep
seccomp @clock,!mount,mkdir:EACCES,rmdir:kill,$500
seccomp.32 mkdir
protocol unix,-inet,=inet6
memory-deny-write-execute
restrict-namespaces net,user
