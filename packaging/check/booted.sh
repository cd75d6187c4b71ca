# Installs edge.deb under a running systemd and follows its service: as installed, hearing, reloaded, killed, hung, misconfigured, purged.
# usage: booted.sh LABELS, what the bundled recording holds, with commas between.
. /check/report.sh
expected=$1
configuration=/etc/edge/edge.json

property() { systemctl show -p "$1" --value edge.service; }
active() { [ "$(property ActiveState)" = active ] || { systemctl status --no-pager -l edge; return 1; }; }
status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"; }
another_process() { process=$(property MainPID) && [ "$process" -gt 0 ] && [ "$process" != "$before" ] && active; }
waits_for_a_microphone() { journalctl -u edge | grep -q 'Waiting for it' && property StatusText | grep '^Waiting for default: ' && active; }
failed_for_good() { [ "$(property ActiveState)" = failed ] && [ "$(property ExecMainStatus)" = "$1" ]; }
heard() { [ "$(labels /var/lib/edge/events.jsonl)" = "$expected" ] || { echo "heard $(labels /var/lib/edge/events.jsonl)"; return 1; }; }

holds "the lists of packages are fetched" apt-get update -q
holds "apt installs it" apt-get install -y -q /check/packages/edge.deb
comes "without a microphone it is active, says so, and waits for one" 60 waits_for_a_microphone

# A named pipe in place of the microphone; held open here, so that it does not end.
mkfifo -m 644 /srv/sound.pcm
exec 9<> /srv/sound.pcm
sed -i 's|"Kind": "alsa", "Device": "default"|"Kind": "fifo", "Path": "/srv/sound.pcm"|' $configuration
holds "it has waited in one process" [ "$(property NRestarts)" = 0 ]
holds "it is restarted with a pipe for a microphone" systemctl restart edge
comes "it is active" 30 active
holds "its user is a dynamic one" sh -c "[ $(status_of Uid | cut -f 1) -ge 61184 ] && [ $(status_of Uid | cut -f 1) -le 65519 ]"
holds "it is a member of audio, gpio and i2c" [ "$(status_of Groups | wc -w)" -ge 3 ]
holds "it has no capability" [ "$(status_of CapBnd)" = 0000000000000000 ]
holds "it gains no rights" [ "$(status_of NoNewPrivs)" = 1 ]
holds "its system calls are filtered" [ "$(status_of Seccomp)" = 2 ]
holds "its metrics can be read by others" su -s /bin/sh nobody -c 'ls /run/edge'
tail -c +45 /usr/share/edge/recordings/keywords.wav >&9
comes "it writes the recording's keywords to /var/lib/edge/events.jsonl" 60 heard
comes "it writes metrics" 30 grep -q '^edge_' /run/edge/metrics.prom

before=$(property MainPID)
holds "systemctl reload" systemctl reload edge
holds "a reload keeps the process" [ "$(property MainPID)" = "$before" ]
kill -KILL "$before"
comes "killed, it is started again" 60 another_process

before=$(property MainPID)
kill -STOP "$before"
comes "hung, the watchdog has it started again" 90 another_process

cp $configuration /srv/edge.json
echo '{ "Edge": { "CpuBudgte": 1 } }' > $configuration
systemctl restart edge 2> /dev/null
comes "a wrong configuration ends it, with code 2, and it is not tried again" 30 failed_for_good 2
holds "the journal says what is wrong" sh -c 'journalctl --sync; journalctl -u edge | grep CpuBudgte'

cp /srv/edge.json $configuration
holds "mended, it starts" systemctl restart edge
holds "it stops" systemctl stop edge
holds "of its own accord" [ "$(property Result)/$(property ExecMainStatus)" = success/0 ]
systemctl start edge
before=$(property MainPID)
holds "apt purges it while it runs" apt-get purge -y -q edge
holds "its process is gone" sh -c "! kill -0 $before"
holds "so is its unit" sh -c '! systemctl cat edge.service'
holds "so is what it heard" sh -c '! ls -d /var/lib/edge /var/lib/private/edge /run/edge'
exit $failed
