//! Colours, sizes and distances of the window, light and dark from the same names.
//!
//! Every colour that a panel uses is a token here, so that contrast can be tested in one place. It knows no panel.

use eframe::egui;
use eframe::egui::style::{HandleShape, ScrollStyle, Selection, WidgetVisuals, Widgets};
use eframe::egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, ThemePreference, Vec2, Visuals,
};

use crate::domain::ThemeChoice;

/// The grid: every distance is a multiple of this many points.
pub const GRID: f32 = 4.0;
/// Text for asides.
pub const SMALL: f32 = 12.0;
/// Text to read.
pub const BODY: f32 = 14.0;
/// Text of headings and of what matters most.
pub const LARGE: f32 = 18.0;
/// Height of everything that can be pressed.
pub const CONTROL: f32 = 28.0;
/// Roundness of buttons, cards and pictures.
pub const RADIUS: u8 = 6;

/// The colours of one theme. A `…_text` token is readable on `window`, `panel` and `raised`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub window: Color32,
    /// Side panels and cards.
    pub panel: Color32,
    /// Buttons at rest.
    pub raised: Color32,
    /// Buttons under the pointer.
    pub hovered: Color32,
    /// Fields to type in.
    pub field: Color32,
    /// Around the picture.
    pub stage: Color32,
    /// Thin lines between things.
    pub line: Color32,
    /// Text to read.
    pub text: Color32,
    /// Text that matters less.
    pub quiet_text: Color32,
    /// The one accent: what is chosen, what has the focus, what to press first.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// What is chosen, as a background under `text`.
    pub chosen: Color32,
    /// Something moves.
    pub motion: Color32,
    /// Watched, nothing moves.
    pub still: Color32,
    /// Not seen.
    pub blind: Color32,
    /// Being recorded.
    pub recording: Color32,
    /// Needs a person.
    pub problem: Color32,
    /// Behind the sentence of a problem.
    pub problem_ground: Color32,
}

/// The dark theme.
pub const DARK: Palette = Palette {
    window: Color32::from_rgb(0x14, 0x16, 0x19),
    panel: Color32::from_rgb(0x1c, 0x1f, 0x23),
    raised: Color32::from_rgb(0x2b, 0x2f, 0x35),
    hovered: Color32::from_rgb(0x38, 0x3e, 0x46),
    field: Color32::from_rgb(0x10, 0x12, 0x14),
    stage: Color32::from_rgb(0x0b, 0x0c, 0x0e),
    line: Color32::from_rgb(0x34, 0x39, 0x40),
    text: Color32::from_rgb(0xee, 0xf0, 0xf2),
    quiet_text: Color32::from_rgb(0xb2, 0xb9, 0xc2),
    accent: Color32::from_rgb(0x7d, 0xbd, 0xff),
    on_accent: Color32::from_rgb(0x07, 0x19, 0x2b),
    chosen: Color32::from_rgb(0x1d, 0x3a, 0x57),
    motion: Color32::from_rgb(0xff, 0xb9, 0x3d),
    still: Color32::from_rgb(0x9c, 0xc2, 0xae),
    blind: Color32::from_rgb(0xae, 0xb4, 0xbc),
    recording: Color32::from_rgb(0xff, 0x80, 0x78),
    problem: Color32::from_rgb(0xff, 0x9d, 0x70),
    problem_ground: Color32::from_rgb(0x42, 0x22, 0x14),
};

/// The light theme.
pub const LIGHT: Palette = Palette {
    window: Color32::from_rgb(0xf1, 0xf3, 0xf5),
    panel: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xe6, 0xe9, 0xed),
    hovered: Color32::from_rgb(0xd8, 0xdd, 0xe3),
    field: Color32::from_rgb(0xed, 0xf0, 0xf3),
    stage: Color32::from_rgb(0xdd, 0xe1, 0xe5),
    line: Color32::from_rgb(0xcd, 0xd3, 0xda),
    text: Color32::from_rgb(0x14, 0x17, 0x1b),
    quiet_text: Color32::from_rgb(0x45, 0x4c, 0x56),
    accent: Color32::from_rgb(0x0a, 0x55, 0xa3),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    chosen: Color32::from_rgb(0xcd, 0xe2, 0xf8),
    motion: Color32::from_rgb(0x80, 0x48, 0x00),
    still: Color32::from_rgb(0x2d, 0x5e, 0x46),
    blind: Color32::from_rgb(0x4d, 0x53, 0x5c),
    recording: Color32::from_rgb(0xb0, 0x12, 0x12),
    problem: Color32::from_rgb(0x93, 0x2f, 0x00),
    problem_ground: Color32::from_rgb(0xff, 0xe4, 0xd6),
};

/// Marks on a picture: boxes and the mask. The same in both themes, because the picture is.
pub const ON_PICTURE: Color32 = Color32::from_rgb(0xff, 0xb0, 0x20);
/// Lines of watched zones and of the smallest area on a picture.
pub const GUIDE: Color32 = Color32::from_rgb(0x8f, 0xd0, 0xff);
/// Under every mark on a picture, so that it shows on snow and at night.
pub const HALO: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 0xa0);

/// The colours that `ui` is drawn with.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    of(ui.visuals().dark_mode)
}

/// The colours of the dark or the light theme.
#[must_use]
pub fn of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// What egui calls the choice of a person.
#[must_use]
pub fn preference(choice: ThemeChoice) -> ThemePreference {
    match choice {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    }
}

/// Gives `ctx` both themes; which one is drawn follows the system until a person chooses.
pub fn install(ctx: &egui::Context) {
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(palette, theme);
            style.text_styles = [
                (TextStyle::Small, FontId::new(SMALL, FontFamily::Proportional)),
                (TextStyle::Body, FontId::new(BODY, FontFamily::Proportional)),
                (TextStyle::Button, FontId::new(BODY, FontFamily::Proportional)),
                (TextStyle::Monospace, FontId::new(BODY, FontFamily::Monospace)),
                (TextStyle::Heading, FontId::new(LARGE, FontFamily::Proportional)),
            ]
            .into();
            let spacing = &mut style.spacing;
            spacing.item_spacing = Vec2::new(2.0 * GRID, 2.0 * GRID);
            spacing.button_padding = Vec2::new(3.0 * GRID, GRID);
            spacing.interact_size = Vec2::new(10.0 * GRID, CONTROL);
            spacing.window_margin = Margin::same(16);
            spacing.menu_margin = Margin::same(8);
            spacing.icon_width = 4.0 * GRID;
            spacing.combo_height = 60.0 * GRID;
            spacing.tooltip_width = 80.0 * GRID;
            spacing.scroll = ScrollStyle { bar_width: 2.0 * GRID, ..ScrollStyle::thin() };
            style.interaction.tooltip_delay = 0.4;
            style.url_in_tooltip = false;
        });
    }
}

/// How readable `text` is on `ground`: 1 for the same colour, 21 for black on white.
///
/// WCAG 2.1, "contrast ratio" and "relative luminance".
#[must_use]
pub fn contrast(text: Color32, ground: Color32) -> f32 {
    let (a, b) = (luminance(text), luminance(ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Color32) -> f32 {
    let linear = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.039_28 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

fn visuals(palette: &Palette, theme: Theme) -> Visuals {
    let widget = |fill: Color32, border: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(RADIUS),
        expansion: 0.0,
    };
    let shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(0x50) };
    let mut visuals = theme.default_visuals();
    visuals.weak_text_color = Some(palette.quiet_text);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.panel;
    visuals.extreme_bg_color = palette.field;
    visuals.text_edit_bg_color = Some(palette.field);
    visuals.code_bg_color = palette.raised;
    visuals.warn_fg_color = palette.motion;
    visuals.error_fg_color = palette.problem;
    visuals.panel_fill = palette.window;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(2 * RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.selection = Selection { bg_fill: palette.chosen, stroke: Stroke::new(1.0, palette.text) };
    visuals.widgets = Widgets {
        noninteractive: widget(palette.panel, palette.line, palette.text),
        inactive: widget(palette.raised, Color32::TRANSPARENT, palette.text),
        hovered: widget(palette.hovered, palette.line, palette.text),
        // What has the keyboard's focus is drawn with this too: the accent is the sign of it.
        active: WidgetVisuals {
            bg_stroke: Stroke::new(2.0, palette.accent),
            ..widget(palette.hovered, palette.accent, palette.text)
        },
        open: widget(palette.hovered, palette.line, palette.text),
    };
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough for text of any size, by WCAG 2.1 level AA.
    const READABLE: f32 = 4.5;
    /// Enough for signs and for the edges of controls.
    const VISIBLE: f32 = 3.0;

    #[test]
    fn every_text_is_readable_on_every_ground_in_both_themes() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            let texts = [
                ("text", p.text),
                ("quiet_text", p.quiet_text),
                ("accent", p.accent),
                ("motion", p.motion),
                ("still", p.still),
                ("blind", p.blind),
                ("recording", p.recording),
                ("problem", p.problem),
            ];
            let grounds = [
                ("window", p.window),
                ("panel", p.panel),
                ("raised", p.raised),
                ("field", p.field),
                ("stage", p.stage),
            ];
            for (text_name, text) in texts {
                for (ground_name, ground) in grounds {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= READABLE, "{theme}: {text_name} on {ground_name} has {ratio:.2}");
                }
            }
            for (name, text, ground) in [
                ("text on hovered", p.text, p.hovered),
                ("quiet text on hovered", p.quiet_text, p.hovered),
                ("text on chosen", p.text, p.chosen),
                ("quiet text on chosen", p.quiet_text, p.chosen),
                ("motion on chosen", p.motion, p.chosen),
                ("still on chosen", p.still, p.chosen),
                ("blind on chosen", p.blind, p.chosen),
                ("text on the accent", p.on_accent, p.accent),
                ("text on a problem", p.text, p.problem_ground),
                ("problem on its ground", p.problem, p.problem_ground),
            ] {
                let ratio = contrast(text, ground);
                assert!(ratio >= READABLE, "{theme}: {name} has {ratio:.2}");
            }
        }
    }

    #[test]
    fn the_focus_is_seen_on_every_ground() {
        for p in [&DARK, &LIGHT] {
            for ground in [p.window, p.panel, p.raised, p.hovered, p.chosen] {
                assert!(contrast(p.accent, ground) >= VISIBLE);
            }
        }
    }

    #[test]
    fn black_on_white_has_the_contrast_that_the_standard_names() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
        assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 0.01);
    }
}
