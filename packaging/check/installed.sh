# Installs edge.deb in the root that this runs in, uses it, upgrades it to next.deb and changed.deb, removes it.
# usage: installed.sh LABELS, what the bundled recording holds, with commas between.
. /check/report.sh
expected=$1
packages=/check/packages
models=/usr/share/edge/models

install() {
    apt-get install -y -q --allow-downgrades "$@" < /dev/null
}

hears_the_recording() {
    edge run --model $models/wake-words.edge --json /usr/share/edge/recordings/keywords.wav > /tmp/events || return
    [ "$(labels /tmp/events)" = "$expected" ] || { echo "heard $(labels /tmp/events)"; return 1; }
}

refused() {
    EDGE_CPUINFO=/tmp/cpuinfo dpkg --unpack $packages/edge.deb > /tmp/refusal 2>&1 && return 1
    grep 'edge: this package is for .*; this one lacks .* sse4_2 .* package ' /tmp/refusal || { cat /tmp/refusal; return 1; }
    ! dpkg-query -W edge 2> /dev/null
}

# Every path that the package or its services make; where users and groups are kept, and logs and caches, other packages write too.
everything() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /check -o -path /var/cache -o -path /var/log \
        -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /usr/share/dotnet \) -prune -o -print | sort
}

edited() { grep -q '"CpuBudget": 0.25' /etc/edge/edge.json; }
has() { [ "$(dpkg-query -f '${Version}' -W edge)" = "$1" ]; }
gone() { ! ls -d "$@" 2> /dev/null; }
nothing_left() {
    everything > /tmp/after
    # Groups stay, since files may belong to them; systemd-sysusers keeps the former lists.
    diff /tmp/before /tmp/after | grep '^[<>]' | grep -v -E '/etc/(passwd|group|shadow|gshadow)-$' && return 1 || true
}

everything > /tmp/before
holds "the lists of packages are fetched" apt-get update -q
if dpkg-deb --info $packages/edge.deb preinst > /dev/null 2>&1; then
    echo 'flags : fpu sse2' > /tmp/cpuinfo
    holds "a processor that the programs would not start on is refused, with a sentence" refused
fi
holds "apt installs it with what it depends on" install $packages/edge.deb
holds "edge hears the keywords of the recording" hears_the_recording
holds "edge verify: every model gives the scores of where it was built" edge verify $models/*.edge
holds "edge models: lists what there is" edge models
mkdir /var/lib/edge # systemd makes it where it runs the service
holds "edge serve --check: the installed configuration holds, with a recording for a microphone" \
    env Edge__Source__Kind=file Edge__Source__Path=/usr/share/edge/recordings/keywords.wav edge serve --check
rmdir /var/lib/edge
holds "the service is enabled" systemctl is-enabled edge.service
holds "the groups are there" getent group audio gpio i2c
holds "the manual is there" ls /usr/share/man/man1/edge.1.gz /usr/share/man/man5/edge.json.5.gz /usr/share/man/man8/edge-serve.8.gz
holds "dpkg --verify: the files are those of the package" sh -c '[ -z "$(dpkg --verify edge)" ]'

sed -i 's/"CpuBudget": 0.5/"CpuBudget": 0.25/' /etc/edge/edge.json
systemctl disable -q edge.service
holds "an upgrade asks nothing" install $packages/next.deb
holds "it is the new version" has 1.0.1
holds "an edited configuration stays" edited
holds "a disabled service stays disabled" sh -c '! systemctl is-enabled edge.service'
holds "an upgrade that brings another configuration" install -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold $packages/changed.deb
holds "an edited configuration stays then too" edited
holds "the new one lies beside it" ls /etc/edge/edge.json.dpkg-dist

mkdir -p /var/lib/private/edge
ln -s private/edge /var/lib/edge
touch /var/lib/edge/events.jsonl
holds "apt removes it" apt-get remove -y -q edge
holds "the programs are gone" gone /usr/bin/edge /usr/lib/edge /usr/share/edge
holds "the configuration stays, and what was heard" ls /etc/edge/edge.json /var/lib/edge/events.jsonl
holds "apt purges it, with what came for it" apt-get purge -y -q --autoremove edge
holds "nothing is left" nothing_left
exit $failed
