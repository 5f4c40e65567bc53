//! The codec against pictures that are whole, cut short, damaged and made up by strangers.

use bytes::Bytes;

use super::*;
use crate::domain::PixelFormat;

/// A picture with edges, ramps and colours, different everywhere.
fn scene(width: u32, height: u32) -> RgbPicture {
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let light = (x + y) % 32 + if (x / 16 + y / 16) % 2 == 0 { 90 } else { 20 };
            let colour = [0, x * 100 / width, y * 100 / height];
            data.extend(colour.map(|colour| u8::try_from(light + colour).unwrap()));
        }
    }
    RgbPicture { width, height, data }
}

fn encoded(bytes: Vec<u8>) -> Picture {
    Picture::Encoded { width: 0, height: 0, format: PictureFormat::Jpeg, bytes: bytes.into() }
}

fn by_image(picture: &RgbPicture, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = image::RgbImage::from_raw(picture.width, picture.height, picture.data.clone()).unwrap();
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn progressive(picture: &RgbPicture) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_progressive(true);
    let (width, height) = (u16::try_from(picture.width).unwrap(), u16::try_from(picture.height).unwrap());
    encoder.encode(&picture.data, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// Mean difference of a byte.
fn difference(a: &RgbPicture, b: &RgbPicture) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let sum: u64 = a.data.iter().zip(&b.data).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data.len() as f64
}

#[test]
fn every_format_comes_back_as_it_was_drawn() {
    let picture = scene(150, 94);
    let jpeg = encode_jpeg(&picture, 95).unwrap();
    assert!(difference(&decode(&encoded(jpeg)).unwrap(), &picture) < 6.0);
    assert!(difference(&decode(&encoded(progressive(&picture))).unwrap(), &picture) < 6.0);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        assert!(decode(&encoded(by_image(&picture, format))).unwrap() == picture, "{format:?}");
    }
}

#[test]
fn sizes_are_read_from_headers_of_every_kind() {
    let picture = scene(150, 94);
    let files = [
        (PictureFormat::Jpeg, encode_jpeg(&picture, 80).unwrap()),
        (PictureFormat::Jpeg, progressive(&picture)),
        (PictureFormat::Png, by_image(&picture, ImageFormat::Png)),
        (PictureFormat::WebP, by_image(&picture, ImageFormat::WebP)),
        (PictureFormat::WebP, b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x96\x40\x5e\x80".to_vec()),
        (PictureFormat::WebP, b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x95\0\0\x5d\0\0".to_vec()),
    ];
    for (format, bytes) in files {
        assert_eq!(probe(&bytes), Ok((format, 150, 94)));
        for length in 0..24 {
            assert!(probe(&bytes[..length]).is_err(), "{format:?} cut to {length} bytes");
        }
    }
    assert_eq!(probe(b"GIF89a..........................."), Err(DecodeError::NotAPicture));
}

#[test]
fn a_jpeg_cut_short_anywhere_is_an_error() {
    let picture = scene(150, 94);
    for whole in [encode_jpeg(&picture, 85).unwrap(), progressive(&picture)] {
        for length in (0..whole.len()).step_by(37).chain([whole.len() - 1, whole.len() - 2]) {
            let mut pixels = RgbPicture::default();
            let cut = encoded(whole[..length].to_vec());
            assert!(decode_into(&cut, &mut pixels).is_err(), "cut to {length} of {}", whole.len());
            assert!(pixels == RgbPicture::default(), "half a picture came back");
        }
    }
}

#[test]
fn png_and_webp_cut_short_in_their_pixels_are_errors() {
    let picture = scene(150, 94);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let whole = by_image(&picture, format);
        for share in [3, 5, 7, 9] {
            assert!(
                decode(&encoded(whole[..whole.len() * share / 10].to_vec())).is_err(),
                "{format:?}, {share} tenths"
            );
        }
    }
}

#[test]
fn damaged_pictures_neither_panic_nor_change_size() {
    let picture = scene(150, 94);
    let files = [
        encode_jpeg(&picture, 85).unwrap(),
        progressive(&picture),
        by_image(&picture, ImageFormat::Png),
        by_image(&picture, ImageFormat::WebP),
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut errors = 0;
    for whole in files {
        for _ in 0..60 {
            let mut damaged = whole.clone();
            for _ in 0..12 {
                // Xorshift (Marsaglia 2003): the same damage in every run.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = 4 + usize::try_from(random >> 8).unwrap() % (damaged.len() - 4);
                damaged[at] = random.to_le_bytes()[0];
            }
            match decode(&encoded(damaged)) {
                Ok(pixels) => assert_eq!(pixels.data.len(), pixels.width as usize * pixels.height as usize * 3),
                Err(_) => errors += 1,
            }
        }
    }
    assert!(errors > 120, "only {errors} of 240 damaged pictures were noticed");
}

#[test]
fn bytes_behind_the_end_are_no_damage() {
    let mut bytes = encode_jpeg(&scene(64, 48), 85).unwrap();
    bytes.extend([0; 512]);
    assert!(decode(&encoded(bytes)).is_ok());
}

#[test]
fn a_webcam_that_leaves_the_huffman_tables_out_is_understood() {
    let picture = scene(64, 48);
    let whole = encode_jpeg(&picture, 90).unwrap();
    let expected = decode(&encoded(whole.clone())).unwrap();
    let mut without = Vec::new();
    let mut at = 2;
    without.extend_from_slice(&whole[..2]);
    while whole[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]]));
        if whole[at + 1] != 0xc4 {
            without.extend_from_slice(&whole[at..end]);
        }
        at = end;
    }
    without.extend_from_slice(&whole[at..]);
    assert!(without.len() < whole.len() - 300);
    assert!(decode(&encoded(without)).unwrap() == expected);
}

#[test]
fn a_size_beyond_the_bounds_is_refused_before_memory_is_taken() {
    let mut jpeg = encode_jpeg(&scene(64, 48), 85).unwrap();
    let frame_header = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame_header + 5..frame_header + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    assert_eq!(decode(&encoded(jpeg)), Err(DecodeError::Size { width: 20_000, height: 20_000 }));
    let mut png = by_image(&scene(64, 48), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0xea, 0x60]);
    assert_eq!(decode(&encoded(png)), Err(DecodeError::Size { width: 1, height: 60_000 }));
}

#[test]
fn raw_colours_become_the_colours_that_people_see() {
    // White, black, red and blue of BT.601 as luma, U, V.
    let table = [
        ([235, 128, 128], [255, 255, 255]),
        ([16, 128, 128], [0, 0, 0]),
        ([81, 90, 240], [254, 0, 0]),
        ([41, 240, 110], [0, 0, 255]),
    ];
    for ([y, u, v], [red, green, blue]) in table {
        let raw =
            [(PixelFormat::Yuyv, [y, u, y, v].repeat(4)), (PixelFormat::Nv12, [vec![y; 8], [u, v].repeat(2)].concat())];
        for (format, bytes) in raw {
            let picture = Picture::Raw { width: 4, height: 2, format, bytes: Bytes::from(bytes) };
            let pixels = decode(&picture).unwrap();
            for pixel in pixels.data.chunks(3) {
                let near = pixel.iter().zip([red, green, blue]).all(|(is, want): (&u8, u8)| is.abs_diff(want) <= 2);
                assert!(near, "{format:?} {y} {u} {v}: {pixel:?}");
            }
        }
    }
}

#[test]
fn grey_and_rgb_keep_their_values() {
    let grey = Picture::Raw { width: 2, height: 1, format: PixelFormat::Grey, bytes: Bytes::from_static(&[3, 200]) };
    assert_eq!(decode(&grey).unwrap().data, [3, 3, 3, 200, 200, 200]);
    let rgb = Picture::Raw { width: 1, height: 1, format: PixelFormat::Rgb, bytes: Bytes::from_static(&[1, 2, 3]) };
    assert_eq!(decode(&rgb).unwrap().data, [1, 2, 3]);
}

#[test]
fn raw_pixels_of_the_wrong_length_are_refused() {
    for format in [PixelFormat::Rgb, PixelFormat::Grey, PixelFormat::Yuyv, PixelFormat::Nv12] {
        for length in [0, 63, 1000] {
            let picture = Picture::Raw { width: 8, height: 8, format, bytes: Bytes::from(vec![0; length]) };
            assert!(matches!(decode(&picture), Err(DecodeError::RawLength { .. })), "{format:?} {length}");
        }
    }
    let odd = Picture::Raw { width: 3, height: 2, format: PixelFormat::Yuyv, bytes: Bytes::from(vec![0; 12]) };
    assert!(matches!(decode(&odd), Err(DecodeError::Damaged(_))));
}

#[test]
fn a_reduced_picture_keeps_its_shape_and_its_light() {
    let picture = scene(1280, 720);
    let mut small = RgbPicture::default();
    reduce(&picture, 320, &mut small);
    assert_eq!((small.width, small.height, small.data.len()), (320, 180, 320 * 180 * 3));
    let mean = |p: &RgbPicture| p.data.iter().map(|v| f64::from(*v)).sum::<f64>() / p.data.len() as f64;
    assert!((mean(&picture) - mean(&small)).abs() < 1.0);
    let mut same = small.clone();
    reduce(&small, 320, &mut same);
    assert!(same == small, "a picture that is small enough is left as it is");
    reduce(&scene(1000, 1), 10, &mut small);
    assert_eq!((small.width, small.height), (10, 1));
    for (size, expected) in
        [((720, 1280), (320, 569)), ((600, 8192), (47, 640)), ((300, 8192), (23, 640)), ((1, 1000), (1, 640))]
    {
        reduce(&scene(size.0, size.1), 320, &mut small);
        assert_eq!((small.width, small.height), expected, "{size:?}");
        assert_eq!(small.data.len(), (expected.0 * expected.1 * 3) as usize);
    }
}

#[test]
fn a_resized_picture_has_exactly_the_size_that_was_asked_for() {
    let picture = scene(64, 48);
    let mut resized = RgbPicture::default();
    for (width, height) in [(64, 48), (32, 48), (100, 20), (1, 1), (128, 96)] {
        resize(&picture, width, height, &mut resized);
        assert_eq!((resized.width, resized.height), (width, height));
        assert_eq!(resized.data.len(), width as usize * height as usize * 3);
    }
    // Each pixel of the half size is the mean of four.
    let small = RgbPicture { width: 2, height: 2, data: [[0; 3], [40; 3], [80; 3], [120; 3]].concat() };
    resize(&small, 1, 1, &mut resized);
    assert_eq!(resized.data, [60; 3]);
}

#[test]
fn a_thumbnail_can_say_how_it_is_to_be_turned() {
    let upright = encode_jpeg(&scene(64, 48), 75).unwrap();
    assert_eq!(orientation(&upright), 1);
    let turned = encode_jpeg_turned(&scene(64, 48), 75, 6).unwrap();
    assert_eq!(orientation(&turned), 6);
    assert!(decode(&encoded(turned)).is_ok());
    assert_eq!(orientation(b"not a picture"), 1);
}

#[test]
fn a_picture_that_cannot_be_a_jpeg_is_refused_in_words() {
    let error = encode_jpeg(&RgbPicture { width: 70_000, height: 1, data: vec![0; 210_000] }, 90).unwrap_err();
    assert!(error.to_string().contains("70000x1"), "{error}");
    assert!(encode_jpeg(&RgbPicture::default(), 90).is_err());
}
