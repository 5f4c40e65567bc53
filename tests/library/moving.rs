use std::collections::BTreeSet;

use framekeep::library::LibraryError;

use crate::fixture::*;

#[test]
fn a_change_of_the_folder_while_frames_arrive_loses_none() {
    let fixture = Fixture::new();
    let folders = ["saves", "b", "c"].map(|name| fixture.root.path().join(name));
    let answers: Vec<_> = (0..300)
        .map(|seq| {
            if seq % 50 == 49 {
                let next = usize::try_from(seq / 50 + 1).unwrap() % folders.len();
                fixture.library.change_save_dir(&folders[next]).unwrap();
                assert_eq!(fixture.library.save_dir(), folders[next]);
            }
            fixture.hand_in(frame(seq), 0.1, None)
        })
        .collect();
    for answer in answers {
        answer.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    let mut names = BTreeSet::new();
    for (number, folder) in folders.iter().enumerate() {
        for file in files(folder) {
            let seq: u64 = file.rsplit('_').next().unwrap().trim_end_matches(".jpg").parse().unwrap();
            let expected = usize::try_from((seq + 1) / 50).unwrap() % folders.len();
            assert_eq!(number, expected, "{file}: frames go to the folder that held when they were handed in");
            assert!(names.insert(file));
        }
    }
    assert_eq!(names.len(), 300);
}

#[test]
fn each_folder_keeps_its_own_list() {
    let fixture = Fixture::new();
    let first = fixture.keep(frame(1)).unwrap();
    fixture.library.change_save_dir(&fixture.root.path().join("b")).unwrap();
    assert!(fixture.all().is_empty());
    let second = fixture.keep(frame(2)).unwrap();
    assert_eq!(fixture.all(), [second]);
    fixture.library.change_save_dir(&fixture.dir()).unwrap();
    assert_eq!(fixture.all(), [first]);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_and_the_old_one_stays() {
    let fixture = Fixture::new();
    let file = fixture.root.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    for wrong in [file.clone(), file.join("below")] {
        let error = fixture.library.change_save_dir(&wrong).unwrap_err();
        assert!(matches!(error, LibraryError::Folder { .. }), "{error}");
    }
    assert_eq!(fixture.library.save_dir(), fixture.dir());
    assert!(fixture.keep(frame(1)).is_ok());
}
