#!/usr/bin/env bash
# Prints the message of one sign, or of all signs, now and at each change: bash sse-subscribe.sh [sign]
url=${SIGNS_URL:-http://127.0.0.1:9926}
delay=1 # in seconds, until the next attempt
trap exit INT

while true; do
	start=$SECONDS
	# after 60 s of silence it is lost: the server sends a heartbeat every 30 s, or more often
	curl -sSN --fail --connect-timeout 10 --speed-time 60 --speed-limit 1 -H 'Accept: text/event-stream' \
		${SIGNS_USER:+-u "$SIGNS_USER:$SIGNS_PASSWORD"} "$url/Sign/$1" |
		jq -Rr --unbuffered 'select(startswith("data: {")) | .[6:] | fromjson |
			if .value then "\(.id): \(.value.message)" else "\(.id) is removed" end'
	((SECONDS - start > 60)) && delay=1
	echo "Lost. Next attempt in $delay s. Check SIGNS_URL, SIGNS_USER and SIGNS_PASSWORD." >&2
	sleep $((delay / 2 + RANDOM % (delay + 1)))
	delay=$((delay < 16 ? delay * 2 : 30))
done
