//! Bad input gets a clear answer, nothing is stored, nothing leaves the folder, and the server goes on.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::house::{Client, House, jpeg, now};
use crate::raw::Line;

/// A body, its headers, and the status and code that it gets.
type BadPicture<'a> = (&'a [u8], &'a [(&'a str, &'a str)], u16, &'a str);

/// A JPEG whose header says another size than its pixels have.
fn jpeg_that_says(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(64, 48, 0);
    let header = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[header + 5..header + 7].copy_from_slice(&height.to_be_bytes());
    bytes[header + 7..header + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // The library's own folder: index and thumbnails.
        if path.is_dir() && path.file_name().is_some_and(|name| name != ".framekeep") {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// Whatever was sent, nothing is stored and the next good frame is kept.
fn unharmed(house: &House, client: &Client) {
    assert_eq!(files(&house.frames), Vec::<PathBuf>::new());
    let good = client.frame("door", &jpeg(64, 48, 0));
    assert_eq!((good.status, &good.value()["saved"]), (200, &json!(true)), "{}", good.text());
    let kept = files(&house.frames);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].starts_with(house.frames.join("Anna")), "{kept:?}");
    assert_eq!(house.stranger().get("/healthz").status, 200);
}

#[test]
fn what_is_no_picture_is_refused() {
    let house = House::open();
    let script = house.script("Anna");
    let whole = jpeg(64, 48, 0);
    let table: [BadPicture; 9] = [
        (b"hello", &[], 415, "not_a_picture"),
        (b"", &[], 415, "not_a_picture"),
        (b"GIF89a..........", &[], 415, "not_a_picture"),
        (&whole[..3], &[], 415, "not_a_picture"),
        (&whole, &[("Content-Type", "image/png")], 415, "wrong_type"),
        (&whole, &[("Content-Type", "text/html")], 415, "unsupported_type"),
        (&whole, &[("Content-Type", "multipart/form-data; boundary=x")], 415, "unsupported_type"),
        (&whole[..whole.len() / 2], &[("Content-Type", "image/jpeg")], 422, "undecodable"),
        (&whole[..whole.len() - 2], &[("Content-Type", "image/jpeg")], 422, "undecodable"),
    ];
    for (body, headers, status, code) in table {
        let answer = script.post("/api/v1/cameras/door/frames", headers, body);
        let said = (answer.status, answer.code());
        assert_eq!(said, (status, code.to_owned()), "{} bytes, {headers:?}: {}", body.len(), answer.text());
    }
    unharmed(&house, &script);
}

#[test]
fn sizes_that_no_camera_gives_are_refused_before_a_pixel_is_decoded() {
    let house = House::open();
    let script = house.script("Anna");
    for (width, height) in [(1, 60000), (60000, 1), (20000, 20000), (8193, 100), (8192, 8192), (15, 100), (0, 0)] {
        let answer = script.frame("door", &jpeg_that_says(width, height));
        let (status, code) = (answer.status, answer.code());
        // A picture without pixels has a broken header.
        let expected = if width == 0 { (415, "not_a_picture") } else { (422, "bad_size") };
        assert_eq!((status, code.as_str()), expected, "{width}x{height}: {}", answer.text());
    }
    unharmed(&house, &script);
}

#[test]
fn names_that_are_no_folders_are_refused_wherever_they_are_sent() {
    let house = House::open();
    let (phone, script) = (house.phone(), house.script("Anna"));
    let long = "x".repeat(300);
    let names = [
        "..",
        "/etc",
        "../../etc/passwd",
        "C:\\x",
        "CON",
        "con.jpg",
        "",
        " ",
        &long,
        "a\0b",
        "a\u{202e}b",
        "😀😀",
        ".hidden",
        "a\nb",
        "~root~",
        "a*b",
        "name.",
    ];
    for name in names {
        let answer = phone.json("PUT", "/api/v1/me/user", &json!({ "user": name }));
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_name"), "{name:?}");
        let escaped: String = name.bytes().fold(String::new(), |escaped, byte| escaped + &format!("%{byte:02x}"));
        for (path, body) in [("frames", &jpeg(64, 48, 0)[..]), ("state", br#"{"state":"stopped"}"#)] {
            let answer = script.post(&format!("/api/v1/cameras/{escaped}/{path}"), &[], body);
            assert_eq!((answer.status, answer.code().as_str()), (422, "bad_name"), "{name:?}");
        }
        if !name.trim().is_empty() {
            let upload = script.post(&format!("/upload?username={escaped}"), &[], &jpeg(64, 48, 0));
            assert_eq!((upload.status, upload.code().as_str()), (422, "bad_name"), "{name:?}");
        }
    }
    assert_eq!(phone.get("/api/v1/me").value()["user"], json!(null));
    unharmed(&house, &script);
}

#[test]
fn paths_that_climb_lead_nowhere() {
    let house = House::open();
    for path in ["/web/../Cargo.toml", "/web/%2e%2e/Cargo.toml", "/web//etc/passwd", "/../../etc/passwd", "/web/"] {
        let mut line = Line::open(&house);
        line.head(&house, &format!("GET {path}"), &[("Connection", "close")]);
        assert_eq!(line.status(), 404, "{path}");
    }
    for path in ["/web/%", "/web/%zz", "/j/%ff"] {
        let mut line = Line::open(&house);
        line.head(&house, &format!("GET {path}"), &[("Connection", "close")]);
        assert_eq!(line.status(), 400, "{path}");
    }
}

#[test]
fn capture_times_that_cannot_be_true_are_refused() {
    let house = House::open();
    let script = house.script("Anna");
    let far = now().as_millis() + 3 * 24 * 3600 * 1000;
    for time in
        ["0", "7258118400000", "-1", "9223372036854775807", "9223372036854775808", "1e12", "now", "", &far.to_string()]
    {
        let headers = [("X-Captured-At", time)];
        let answer = script.post("/api/v1/cameras/door/frames", &headers, &jpeg(64, 48, 0));
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_time"), "{time:?}: {}", answer.text());
    }
    for seq in ["-1", "x", "18446744073709551616"] {
        let answer = script.post("/api/v1/cameras/door/frames", &[("X-Seq", seq)], &jpeg(64, 48, 0));
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_value"), "{seq:?}");
    }
    unharmed(&house, &script);
}

#[test]
fn a_body_over_the_limit_is_refused_by_its_length() {
    let house = House::open();
    let script = house.script("Anna");
    let answer = script.frame("door", &vec![0xff; 25_000_001]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    assert!(answer.text().contains("25 MB"), "{}", answer.text());
    let words = script.json("PUT", "/api/v1/me/user", &json!({ "user": "x".repeat(5000) }));
    assert_eq!(words.code(), "too_large");
    unharmed(&house, &script);
}

#[test]
fn a_body_over_the_limit_is_refused_without_a_length_too() {
    let house = House::open();
    let script = house.script("Anna");
    let mut line = Line::open(&house);
    let token = script.sends("Authorization");
    let headers = [("Authorization", token), ("Transfer-Encoding", "chunked"), ("Content-Type", "image/jpeg")];
    line.head(&house, "POST /api/v1/cameras/door/frames", &headers);
    let megabyte = vec![0xff; 1_000_000];
    let mut sent = 0;
    for _ in 0..40 {
        let chunk = [b"f4240\r\n", &megabyte[..], b"\r\n"].concat();
        if line.write(chunk).is_err() {
            break;
        }
        sent += 1;
    }
    assert!(sent >= 25, "refused after {sent} MB");
    assert_eq!(line.status(), 413);
    unharmed(&house, &script);
}

#[test]
fn a_chunked_body_within_the_limit_is_taken() {
    let house = House::open();
    let script = house.script("Anna");
    let mut line = Line::open(&house);
    let headers = [("Authorization", script.sends("Authorization")), ("Transfer-Encoding", "chunked")];
    line.head(&house, "POST /api/v1/cameras/door/frames", &headers);
    for chunk in jpeg(320, 240, 0).chunks(1000) {
        line.write([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()).unwrap();
    }
    line.write("0\r\n\r\n").unwrap();
    assert_eq!(line.status(), 200);
    assert_eq!(files(&house.frames).len(), 1);
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let house = House::open();
    let script = house.script("Anna");
    for _ in 0..20 {
        let mut line = Line::open(&house);
        let picture = jpeg(320, 240, 0);
        let length = picture.len().to_string();
        let headers = [("Authorization", script.sends("Authorization")), ("Content-Length", &length)];
        line.head(&house, "POST /api/v1/cameras/door/frames", &headers);
        line.write(&picture[..picture.len() / 2]).unwrap();
    }
    unharmed(&house, &script);
}

#[test]
fn json_that_is_none_says_where() {
    let house = House::open();
    let (phone, operator) = (house.phone(), house.operator());
    for body in ["", "{", "[]", "{}", r#"{"user":5}"#, "\u{feff}{}", "nul"] {
        let answer = phone.send("PUT", "/api/v1/me/user", &[], body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_body"), "{body}");
    }
    let device = house.access.devices()[0].id.clone();
    let answer = operator.post(&format!("/api/v1/devices/{device}/approve"), &[], b"{}");
    assert_eq!(answer.code(), "bad_body");
    // An approval of what nobody asked for.
    let answer = operator.json("POST", &format!("/api/v1/devices/{device}/approve"), &json!({ "user": "Anna" }));
    assert_eq!((answer.status, answer.code().as_str()), (409, "no_request"));
    phone.json("PUT", "/api/v1/me/user", &json!({ "user": "Anna" }));
    let answer = phone.post("/api/v1/cameras/front/state", &[], br#"{"state":"dancing"}"#);
    assert_eq!(answer.code(), "bad_body");
}
