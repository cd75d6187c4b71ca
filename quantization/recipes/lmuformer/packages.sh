# Sourced by train.sh: the Debian packages that it needs; installed where the user is root. OpenBLAS makes products several times as fast.
packages="python3-torch python3-onnx python3-scipy libopenblas0-pthread libsndfile1 espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k
    festvox-us-slt-hts asterisk-core-sounds-en-wav"
# shellcheck disable=SC2086
if ! dpkg -s $packages > /dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "Missing packages; as root: apt-get install" $packages >&2; exit 1; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $packages
fi
