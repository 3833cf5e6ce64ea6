# 755 start
#!/bin/sh
# Asks the Sentinels who is primary, then becomes Redis. A primary that was away would otherwise
# come back as a second primary and lose after 10 s what was written to it.
umask 077
own=127.60.2.1
primary=
newest=-1
for sentinel in 127.60.3.1 127.60.3.2 127.60.3.3; do
    # The first answer is right in the middle of a failover, too, when MASTER names the old one.
    answer=$(timeout 1 {redis-cli} -h "$sentinel" -p 26379 --raw 2>/dev/null <<END
SENTINEL GET-MASTER-ADDR-BY-NAME cache
SENTINEL MASTER cache
END
    ) || continue
    ip= epoch=
    {
        read -r ip && read -r _
        while read -r key && read -r value; do
            [ "$key" = config-epoch ] && epoch=$value
        done
    } <<END
$answer
END
    # A Sentinel that was away itself knows an older epoch.
    if [ -n "$epoch" ] && [ "$epoch" -gt "$newest" ]; then
        primary=$ip newest=$epoch
    fi
done
if [ -z "$primary" ]; then # nobody answers: as it was before, or as it was designed
    if [ -f state.conf ]; then
        primary=$(sed -n 's/^replicaof \([^ ]*\) .*/\1/p' state.conf)
    else
        primary=
    fi
fi
{
    echo 'include redis.conf'
    if [ -n "$primary" ] && [ "$primary" != "$own" ]; then
        echo "replicaof $primary 6379"
    fi
} > state.conf.new && mv state.conf.new state.conf
exec {redis-server} state.conf
