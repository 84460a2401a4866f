#!/usr/bin/env bash
# Changes a sign: bash mqtt-publish.sh lobby '{"message":"Hello"}'
url=${SIGNS_MQTT_URL:-mqtt://127.0.0.1:1883}
sign=${1:-lobby}
change=${2:-'{"message":"Hello"}'}
options=(-V 5 -q 1 ${SIGNS_USER:+-u "$SIGNS_USER" -P "$SIGNS_PASSWORD"})

if ! output=$(mosquitto_pub "${options[@]}" -L "$url/Sign/$sign" -m "$change" 2>&1); then
	echo "$output" >&2
	echo 'Start the server, or set SIGNS_MQTT_URL, SIGNS_USER and SIGNS_PASSWORD.' >&2
	exit 1
elif [[ $output ]]; then
	# the acknowledgement of a refused publish has a code, which is printed; the reason is the last one of the account
	mosquitto_sub "${options[@]}" -L "$url/Rejection/${SIGNS_USER:-admin}" -C 1 -W 10 | jq -r '"Refused: \(.error)"' >&2
	exit 1
fi
echo "$sign has $change"
