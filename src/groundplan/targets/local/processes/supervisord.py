"""The file that supervisord is started with."""

CONFIG = """\
; groundplan's supervisor for this platform; parts are in parts.d/, one file each.
[unix_http_server]
file={folder}/supervisor/supervisor.sock
chmod=0700

[supervisord]
logfile={folder}/supervisor/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={folder}/supervisor/supervisord.pid
childlogdir={folder}/supervisor
minfds=1024
nocleanup=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = {folder}/supervisor/parts.d/*.conf
"""
