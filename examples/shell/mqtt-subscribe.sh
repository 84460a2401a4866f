#!/usr/bin/env bash
# Prints the message of one sign, or of all signs, now and at each change: bash mqtt-subscribe.sh [sign]
url=${SIGNS_MQTT_URL:-mqtt://127.0.0.1:1883}
delay=1 # in seconds, until the next attempt
trap exit INT

while true; do
	start=$SECONDS
	# a lost connection makes mosquitto_sub try again each second; it ends when the server refuses it, or was never there
	mosquitto_sub -V 5 -q 1 -k 30 ${SIGNS_USER:+-u "$SIGNS_USER" -P "$SIGNS_PASSWORD"} -L "$url/Sign/${1:-+}" \
		-F '{"topic":"%t","row":%p}' |
		jq -r --unbuffered '.topic[5:] as $id | if .row then "\($id): \(.row.message)" else "\($id) is removed" end'
	((SECONDS - start > 60)) && delay=1
	echo "Lost. Next attempt in $delay s. Check SIGNS_MQTT_URL, SIGNS_USER and SIGNS_PASSWORD." >&2
	sleep $((delay / 2 + RANDOM % (delay + 1)))
	delay=$((delay < 16 ? delay * 2 : 30))
done
