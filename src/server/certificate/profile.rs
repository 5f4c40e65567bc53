//! How people and phones take the authority: digits to compare, and Apple's configuration profile.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::server::html::escape;

/// SHA-256 of a certificate.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

/// The first 64 bits of a fingerprint in four groups of hexadecimal digits.
pub fn digits(fingerprint: &[u8; 32]) -> String {
    let groups: Vec<_> = fingerprint[..8].chunks(2).map(|pair| format!("{:02X}{:02X}", pair[0], pair[1])).collect();
    groups.join(" ")
}

/// A configuration profile that installs the authority (Apple, "Configuration Profile Reference", payload
/// `com.apple.security.root`). Its numbers are made from the certificate, so that installing it twice is once.
pub fn profile(name: &str, der: &[u8]) -> String {
    let (outer, inner) = (number(b"profile", der), number(b"payload", der));
    let name = escape(name);
    let content = STANDARD.encode(der);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key>
			<string>framekeep-ca.crt</string>
			<key>PayloadContent</key>
			<data>{content}</data>
			<key>PayloadDescription</key>
			<string>Lets this device recognise the computer that Framekeep runs on. It cannot vouch for anything on the Internet.</string>
			<key>PayloadDisplayName</key>
			<string>{name}</string>
			<key>PayloadIdentifier</key>
			<string>framekeep.authority.{inner}</string>
			<key>PayloadType</key>
			<string>com.apple.security.root</string>
			<key>PayloadUUID</key>
			<string>{inner}</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
		</dict>
	</array>
	<key>PayloadDescription</key>
	<string>Lets this device recognise the computer that Framekeep runs on.</string>
	<key>PayloadDisplayName</key>
	<string>{name}</string>
	<key>PayloadIdentifier</key>
	<string>framekeep.profile.{outer}</string>
	<key>PayloadRemovalDisallowed</key>
	<false/>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>{outer}</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#
    )
}

/// A UUID made from data (RFC 9562, version 8).
fn number(salt: &[u8], der: &[u8]) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(der).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let value = format!("{:032X}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &value[..8], &value[8..12], &value[12..16], &value[16..20], &value[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_the_beginning_of_what_other_programs_show() {
        // SHA-256 of "abc": ba7816bf 8f01cfea …
        assert_eq!(digits(&fingerprint(b"abc")), "BA78 16BF 8F01 CFEA");
    }

    #[test]
    fn the_same_authority_gives_the_same_profile_and_another_gives_another() {
        assert_eq!(profile("a", b"der"), profile("a", b"der"));
        let uuid = number(b"profile", b"der");
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "8"), "{uuid}");
        assert_ne!(uuid, number(b"profile", b"other"));
        assert_ne!(uuid, number(b"payload", b"der"));
    }
}
