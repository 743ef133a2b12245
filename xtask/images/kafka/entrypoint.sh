#!/usr/bin/env bash
# Reads the variables of the official image: KAFKA_NODE_ID=1 sets node.id=1.
set -euo pipefail
settings=/var/lib/kafka/server.properties
java=(java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '/opt/kafka/libs/*'
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn)
echo log.dirs=/var/lib/kafka/data >"$settings"
env | while IFS='=' read -r name value; do
  case $name in KAFKA_*)
    name=${name#KAFKA_}
    name=${name,,}
    echo "${name//_/.}=$value" ;;
  esac
done >>"$settings"
[ -d /var/lib/kafka/data ] ||
  "${java[@]}" kafka.tools.StorageTool format -t R29Nb25Hb01vbkdvTW9uMQ -c "$settings" >/dev/null
exec "${java[@]}" kafka.Kafka "$settings"
