#!/bin/sh
# Starts the service. The first time Maven fetches what pom.xml asks for, to a cache outside the
# checkout; the sources are compiled when they have changed. `./start.sh prepare` does
# that alone.
set -eu
cd "$(dirname "$0")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sagaline"
mkdir -p "$cache"
jars="$cache/java-jars-$(cksum < pom.xml | cut -d' ' -f1)"
if [ ! -d "$jars" ]; then
  # A repository of its own: two Mavens at once spoil a shared one.
  making="$jars.$$"
  mvn --batch-mode --quiet --strict-checksums "-Dmaven.repo.local=$making/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$making/jars" >&2
  mv "$making/jars" "$jars" 2>/dev/null || true
  rm -rf "$making"
fi
classes="$cache/java-classes-$(find src pom.xml -type f | sort | xargs cat | cksum | cut -d' ' -f1)"
if [ ! -d "$classes" ]; then
  making="$classes.$$"
  javac --release 17 -parameters -encoding UTF-8 -cp "$jars/*" -d "$making" \
    $(find src/main/java -name '*.java')
  cp -r src/main/resources/. "$making"
  mv "$making" "$classes" 2>/dev/null || rm -rf "$making"
fi
[ "${1:-}" != prepare ] || exit 0
# A small service that starts often: the quick compiler and the small collector serve it best.
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -cp "$classes:$jars/*" \
  payments.PaymentsApplication
