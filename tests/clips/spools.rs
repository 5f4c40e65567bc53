//! The file into which frames are spooled: readable by everybody, wherever it ends.

use framekeep::codec::{MatroskaWriter, TrackCodec, VideoTrack};

use crate::road::{ffprobe, room};

#[test]
fn a_spool_that_is_cut_at_any_byte_shows_every_frame_that_is_whole() {
    let track = VideoTrack { codec: TrackCodec::Jpeg, width: 320, height: 240, began_at: 1_790_000_000_000 };
    let (mut writer, mut bytes) = (MatroskaWriter::default(), MatroskaWriter::begin(&track));
    let times: [i64; 12] = [0, 33, 250, 251, 900, 1700, 1733, 2500, 4000, 4033, 39_000, 39_040];
    let mut ends = Vec::new();
    for (n, at) in (0..).zip(times) {
        let picture = room(Some(n * 20));
        bytes.extend(writer.block(at, picture.len()));
        bytes.extend(&picture);
        ends.push(bytes.len());
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frames.mkv");
    // Ends of frames, the bytes beside them, and places within.
    let cuts =
        ends.iter().skip(1).flat_map(|end| [*end, end - 1, end + 1, end - 700]).filter(|cut| *cut <= bytes.len());
    for cut in cuts {
        std::fs::write(&file, &bytes[..cut]).unwrap();
        let found = ffprobe(&file, &["-show_packets", "-show_streams"]);
        assert_eq!(found["streams"][0]["codec_name"], "mjpeg");
        let packets = found["packets"].as_array().unwrap();
        let whole = ends.iter().filter(|end| **end <= cut).count();
        // Of one that is cut short ffmpeg gives what is there.
        assert!((whole..=whole + 1).contains(&packets.len()), "{} packets and {whole} frames at {cut}", packets.len());
        for (packet, at) in packets.iter().zip(times) {
            let seconds: f64 = packet["pts_time"].as_str().unwrap().parse().unwrap();
            #[expect(clippy::cast_possible_truncation, reason = "less than a minute")]
            let millis = (seconds * 1000.0).round() as i64;
            assert_eq!(millis, at, "cut at {cut}");
        }
    }
}
