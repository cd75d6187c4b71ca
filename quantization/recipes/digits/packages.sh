# Sourced by train.sh: the Debian packages that it needs; installed where the user is root.
packages="python3-torch python3-onnx libopenblas0-pthread libsndfile1"
# shellcheck disable=SC2086
if ! dpkg -s $packages > /dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "Missing packages; as root: apt-get install" $packages >&2; exit 1; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $packages
fi
