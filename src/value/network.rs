//! Networks as Vault writes them.

use std::net::{IpAddr, SocketAddr};

use super::Set;

/// The same networks in Vault's spelling: `10.0.0.1/32` is `10.0.0.1`, and IPv6 is short and in lower case.
///
/// What is not a network stays unchanged, so that Vault refuses it.
pub(crate) fn networks(texts: &Set) -> Set {
    let networks = texts.iter().map(str::trim);
    networks
        .map(|text| spelled(text).unwrap_or_else(|| text.to_owned()))
        .collect()
}

/// Whether a text is an address, with a prefix or a port or alone.
///
/// Vault reads `10.0.0.0/33` as the path of a UNIX socket, from which no request comes.
pub(crate) fn is_network(text: &str) -> bool {
    spelled(text).is_some() || text.parse::<SocketAddr>().is_ok()
}

fn spelled(text: &str) -> Option<String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let short = address.to_canonical();
    // An IPv4 address that is written as IPv6 has 96 bits before its own.
    let bits = |address: IpAddr| if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.checked_sub(bits(address) - bits(short))?,
        None => bits(short),
    };
    if prefix > bits(short) {
        return None;
    }
    Some(if prefix == bits(short) {
        short.to_string()
    } else {
        format!("{short}/{prefix}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_spelled_as_vault_answers_them() {
        for (text, expected) in [
            ("10.1.2.3/32", "10.1.2.3"),
            ("10.0.0.7/8", "10.0.0.7/8"),
            ("10.0.0.0/08", "10.0.0.0/8"),
            (" 10.0.0.1", "10.0.0.1"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1/128", "::1"),
            ("2001:0DB8:0:0:0:0:0:5/32", "2001:db8::5/32"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("::/64", "::/64"),
            ("10.0.0.0/x", "10.0.0.0/x"),
        ] {
            let expected = Set::from_iter([expected]);
            assert_eq!(networks(&Set::from_iter([text])), expected, "{text}");
        }
    }

    #[test]
    fn what_vault_would_read_as_a_socket_is_not_a_network() {
        for (text, expected) in [
            ("10.0.0.1", true),
            ("10.0.0.0/8", true),
            ("10.0.0.1:80", true),
            ("::1/128", true),
            ("10.0.0.0/33", false),
            ("::/129", false),
            ("10.0.0/8", false),
            ("/run/vault.sock", false),
            ("example.com", false),
            ("", false),
        ] {
            assert_eq!(is_network(text), expected, "{text}");
        }
    }
}
