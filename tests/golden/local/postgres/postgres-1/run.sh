# 755 start
#!/bin/sh
# Becomes PostgreSQL as soon as nothing of an earlier server is left in the data directory.
# After kill -9 of a postmaster its sessions can go on for a while and keep the next one out.
data={folder}/parts/us-east-1/postgres-1/data
postgres=/usr/lib/postgresql/15/bin/postgres
primary={folder}/primary.json

# Fenced: since a failover somebody else is the primary, and two would both take writes.
if [ ! -e "$data/standby.signal" ] && [ -e "$primary" ] && ! grep -qF '"name": "us-east-1/postgres-1"' "$primary"; then
    echo us-east-1/postgres-1 "is fenced: $(cat "$primary") says who the primary is" >&2
    exit 1
fi

find_left() {
    left=
    for cwd in /proc/[0-9]*/cwd; do
        pid=${cwd#/proc/} pid=${pid%/cwd}
        if [ "$cwd" -ef "$data" ] && [ "/proc/$pid/exe" -ef "$postgres" ]; then
            left="$left $pid"
        fi
    done
}

postmaster=
[ -f "$data/postmaster.pid" ] && read -r postmaster < "$data/postmaster.pid"
tries=0
find_left
while [ -n "$left" ] && [ $tries -lt 250 ]; do
    case "$left " in
        *" $postmaster "*) ;; # it is shutting down: wait for it
        *) [ -z "$postmaster" ] || kill -KILL $left 2>/dev/null ;; # sessions without postmaster
    esac
    sleep 0.1
    tries=$((tries + 1))
    find_left
done
# PostgreSQL believes in a lock file whose process id has gone to somebody else, say by a reboot.
if [ -z "$left" ] && [ -n "$postmaster" ] && [ -d "/proc/$postmaster" ]; then
    rm -f "$data/postmaster.pid" {folder}/parts/us-east-1/postgres-1/run/.s.PGSQL.5432.lock
fi
exec "$postgres" -D "$data" -c config_file={folder}/parts/us-east-1/postgres-1/postgresql.conf
