//! Addresses of this computer that a phone in the same network may reach.

use std::net::IpAddr;

/// Addresses of this computer but the loopback ones, those that a phone most likely reaches first: private IPv4 of
/// real network cards, then of virtual ones, then IPv6. Link-local IPv6 is left out, as browsers cannot name its zone.
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the network interfaces cannot be listed");
        Vec::new()
    });
    let mut found: Vec<(u8, IpAddr)> = interfaces
        .iter()
        .filter(|interface| !interface.is_loopback())
        .filter_map(|interface| Some((rank(&interface.name, interface.ip())?, interface.ip())))
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, address)| address).collect()
}

/// Lower is better; `None` is of no use to a phone.
fn rank(name: &str, address: IpAddr) -> Option<u8> {
    const VIRTUAL: [&str; 14] = [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vmnet",
        "vboxnet",
        "tun",
        "tap",
        "zt",
        "wg",
        "tailscale",
        "utun",
        "ppp",
        // Of Windows, which also writes names in capitals.
        "vethernet",
    ];
    let name = name.to_lowercase();
    let is_virtual = VIRTUAL.iter().any(|prefix| name.starts_with(prefix));
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => None,
        IpAddr::V4(v4) if v4.is_link_local() => Some(6),
        IpAddr::V4(_) if is_virtual => Some(5),
        IpAddr::V4(v4) if v4.is_private() => Some(0),
        IpAddr::V4(_) => Some(1),
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_unspecified() => None,
        IpAddr::V6(_) => Some(if is_virtual { 8 } else { 7 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_network_comes_before_containers_and_what_no_browser_reaches_is_left_out() {
        let rank = |name, address: &str| rank(name, address.parse().unwrap());
        assert!(rank("wlan0", "192.168.1.23") < rank("docker0", "172.17.0.1"));
        assert!(rank("eth0", "10.0.0.4") < rank("eth0", "fd00::1"));
        assert!(rank("eth0", "169.254.3.4") > rank("docker0", "172.17.0.1"));
        assert_eq!(rank("eth0", "fe80::1"), None);
        for name in ["wg0", "tailscale0", "utun3", "ppp0", "vEthernet (WSL)"] {
            assert!(rank("wlan0", "192.168.1.23") < rank(name, "10.8.0.2"), "{name}");
        }
    }
}
