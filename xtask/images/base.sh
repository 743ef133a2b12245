#!/usr/bin/env bash
# Builds a small Debian image, named by the first argument, without a registry. Needs root
# and debootstrap; uses the package mirrors of this machine.
set -euo pipefail
tag=$1
sources=$(apt-get indextargets --format '$(REPO_URI)')
mirror=$(grep -v security <<<"$sources" | grep '/debian/*$' | head -n 1)
security=$(grep security <<<"$sources" | head -n 1)
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root" "$root.log"' EXIT

debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -n 5 "$root.log" >&2; exit 1; }
cat >"$root/etc/apt/sources.list" <<EOF
deb $mirror bookworm main
deb $mirror bookworm-updates main
${security:+deb $security bookworm-security main}
EOF
# Do not start servers on installation; exclude documentation, translations and caches.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
printf 'path-exclude /usr/share/%s/*\n' doc man info locale >"$root/etc/dpkg/dpkg.cfg.d/small"
cat >"$root/etc/apt/apt.conf.d/small" <<'EOF'
Acquire::Languages "none";
APT::Install-Recommends "false";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
EOF
rm -rf "$root"/usr/share/{doc,man,info,locale}/* "$root"/var/lib/apt/lists/* \
  "$root"/var/cache/apt/{archives/*.deb,*.bin}
tar -C "$root" --one-file-system -c . |
  docker import --change 'CMD ["bash"]' --change 'ENV DEBIAN_FRONTEND=noninteractive' - "$tag"
