# Sourced by train.sh and evaluate.sh: the Debian packages that they need; installed where the user is root.
packages="python3-torch python3-onnx python3-scipy python3-soundfile espeak-ng flite festival festvox-kallpc16k
    festvox-kdlpc16k fortunes wamerican asterisk-core-sounds-en-wav asterisk-core-sounds-es-wav
    asterisk-core-sounds-fr-wav asterisk-core-sounds-it-wav asterisk-core-sounds-ru-wav asterisk-prompt-it-menardi-wav
    asterisk-prompt-fr-armelle asterisk-prompt-es-co klettres-data tuxpaint-stamps-default"
# shellcheck disable=SC2086
if ! dpkg -s $packages > /dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "Missing packages; as root: apt-get install" $packages >&2; exit 1; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $packages
fi
