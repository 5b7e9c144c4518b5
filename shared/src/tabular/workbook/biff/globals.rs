//! What the beginning of a workbook of Excel 5 to 2003 says about all of its sheets.

use encoding_rs::Encoding;

use super::records::{BROKEN, Pieces, Records};
use super::{BEGIN, END};
use crate::tabular::workbook::bytes::{u8_at, u16_at, u32_at};
use crate::tabular::workbook::number_format::Formats;
use crate::tabular::workbook::sheet::Names;
use crate::tabular::workbook::texts::Texts;
use crate::tabular::{Epoch, Limits, Sheet, Unreadable};

/// The version in which texts became Unicode: that of Excel 97.
const EXCEL_97: u16 = 0x0600;

/// What all sheets of a workbook are read with.
pub(crate) struct Globals {
    /// The worksheets and where their records start.
    pub(crate) sheets: Vec<(Sheet, usize)>,
    pub(crate) texts: Texts,
    pub(crate) formats: Formats,
    pub(crate) epoch: Epoch,
    is_unicode: bool,
    /// Of texts that are not Unicode; none for those of DOS.
    encoding: Option<&'static Encoding>,
}

impl Globals {
    pub(crate) fn read(stream: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let mut globals = Self {
            sheets: Vec::new(),
            texts: Texts::default(),
            formats: Formats::default(),
            epoch: Epoch::Y1900,
            is_unicode: true,
            encoding: Some(encoding_rs::WINDOWS_1252),
        };
        let (mut numbers, mut listed) = (Vec::new(), Vec::new());
        let mut records = Records { stream, at: 0 };
        while let Some((typ, data)) = records.next()? {
            match typ {
                BEGIN => globals.is_unicode = u16_at(data, 0) == Some(EXCEL_97),
                END => break,
                0x002f => return Err(Unreadable::PasswordProtected),
                0x0042 => globals.encoding = code_page(u16_at(data, 0).ok_or(BROKEN)?),
                0x0022 if u16_at(data, 0) == Some(1) => globals.epoch = Epoch::Y1904,
                0x00e0 => numbers.push(u16_at(data, 2).ok_or(BROKEN)?.into()),
                0x041e => {
                    let width = if globals.is_unicode { 2 } else { 1 };
                    let code = globals.text(data, 2, width, limits)?;
                    globals.formats.define(u16_at(data, 0).ok_or(BROKEN)?.into(), &code)?;
                }
                // Charts and lists of macros are no worksheets.
                0x0085 if u8_at(data, 5) == Some(0) => listed.push(data),
                0x00fc => globals.texts = texts(records.pieces(data)?, limits)?,
                _ => {}
            }
        }
        for number in numbers {
            globals.formats.push(number)?;
        }
        let mut names = Names::default();
        for data in listed {
            let start = u32_at(data, 0).and_then(|start| usize::try_from(start).ok()).ok_or(BROKEN)?;
            let name = names.claim(&globals.text(data, 6, 1, limits)?, limits)?;
            let is_hidden = u8_at(data, 4).ok_or(BROKEN)? & 3 != 0;
            globals.sheets.push((Sheet { name: Some(name), is_hidden }, start));
        }
        Ok(globals)
    }

    /// The text of a record that may go on over several.
    pub(crate) fn long_text<'s>(
        &self,
        data: &'s [u8],
        records: &mut Records<'s>,
        limits: &Limits,
    ) -> Result<String, Unreadable> {
        if !self.is_unicode {
            return self.text(data, 0, 2, limits);
        }
        let mut pieces = records.pieces(data)?;
        let length = pieces.u16()?;
        pieces.characters(length.into(), limits)
    }

    /// A text that begins here with its length, of one byte or two.
    pub(crate) fn text(
        &self,
        data: &[u8],
        at: usize,
        width: usize,
        limits: &Limits,
    ) -> Result<String, Unreadable> {
        let length =
            if width == 1 { u8_at(data, at).map(u16::from) } else { u16_at(data, at) }.ok_or(BROKEN)?;
        let rest = data.get(at + width..).ok_or(BROKEN)?;
        if self.is_unicode {
            return Pieces::new(vec![rest]).characters(length.into(), limits);
        }
        // Some programs claim more than there is.
        let bytes = rest.get(..length.into()).unwrap_or(rest);
        match self.encoding {
            Some(encoding) => Ok(encoding.decode_without_bom_handling(bytes).0.into_owned()),
            None if bytes.is_ascii() => Ok(String::from_utf8_lossy(bytes).into_owned()),
            None => {
                Err(Unreadable::Unsupported { what: "an old workbook whose texts are in a code page of DOS" })
            }
        }
    }
}

/// Texts that cells share ([MS-XLS], 2.4.265).
fn texts(mut pieces: Pieces<'_>, limits: &Limits) -> Result<Texts, Unreadable> {
    let mut texts = Texts::default();
    pieces.skip(4)?;
    let count = pieces.u32()?;
    for _ in 0..count {
        // Some programs count more than they write.
        if pieces.is_over() {
            break;
        }
        let length = pieces.u16()?;
        texts.push(&pieces.rich(length.into(), limits)?, limits)?;
    }
    Ok(texts)
}

fn code_page(number: u16) -> Option<&'static Encoding> {
    use encoding_rs::*;
    Some(match number {
        437 | 720 | 737 | 775 | 850 | 852 | 855 | 857..=865 | 869 => return None,
        866 => IBM866,
        874 => WINDOWS_874,
        932 => SHIFT_JIS,
        936 => GBK,
        949 => EUC_KR,
        950 => BIG5,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1253 => WINDOWS_1253,
        1254 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        10_000 | 0x8000 => MACINTOSH,
        10_007 => X_MAC_CYRILLIC,
        65_001 => UTF_8,
        _ => WINDOWS_1252,
    })
}
