#include "protocols/hj212/profile.h"

struct hj212_profile hj212_profile_default(enum hj212_edition edition)
{
    bool newest = edition == HJ212_2025;
    return (struct hj212_profile){
        .edition = edition ? edition : HJ212_2017,
        .crc_in = HJ212_CRC_UNKNOWN,
        .crc_out = HJ212_CRC_STANDARD,
        .length_3 = true,
        .segment_max_in = HJ212_RECEIVE_MAX,
        .zone_min = 480,
        .cipher_in = newest ? HJ212_CIPHER_ACCEPT : HJ212_CIPHER_OFF,
        .cipher_form = HJ212_CIPHER_RAW,
        .key_grace_min = 10,
        .parts_digits = newest ? 1 : 4,
        .flag_request_2005 = 3,
        .resend_same_qn = true,
        .heartbeat = newest,
        .backfill_mark = newest,
        .cap_over_range = newest,
        .digits_2025 = newest,
        .calibration_type = newest,
        .retained_sample_cn = 2031,
    };
}

size_t hj212_cp_max(enum hj212_edition edition)
{
    return edition == HJ212_2005 ? HJ212_CP_MAX_2005 : HJ212_CP_MAX;
}

bool hj212_shall_be_encrypted(int cn)
{
    return (cn >= 2000 && cn <= 2999) || cn == 1014 || cn == 3020;
}

static const struct hj212_setting settings[] = {
    {"edition", "2+", "Never taken from Flag alone: codes and dates may contradict it.",
     "of the link"},
    {"crc_in", "M", "Sum that is expected. auto locks after three equal good frames.", "auto"},
    {"crc_out", "M", "Sum that is sent.", "standard"},
    {"length_3", "1", "A length of three digits is read.", "yes"},
    {"segment_max_in", "M", "Longest segment that is read; 1024 is the most that is ever sent.",
     "9999"},
    {"zone_min", "I", "Zone of all times in packets; no edition names one.", "480 (UTC+8)"},
    {"cipher_in", "Q25", "SM4 in CP: off, accept, require.", "accept in 2025, else off"},
    {"cipher_out", "Q25", "Encrypt 2000 to 2999, 1014 and 3020 on the way up.", "no"},
    {"cipher_form", "I", "Cipher as raw bytes, or as the text {0xE4,0x3E,...} that is printed.",
     "raw"},
    {"cipher_new_key", "I", "Key change 1014 downward is encrypted with the key it replaces.",
     "no"},
    {"key_grace_min", "I", "Minutes for which a replaced key is still tried.", "10"},
    {"parts_digits", "I", "Digits of PNUM and PNO; 2025 prints a length that leaves one.",
     "1 in 2025, else 4"},
    {"parts_padded", "1", "PNUM and PNO with leading zeros.", "no"},
    {"flag_request_2005", "S05", "Flag of requests: the examples carry 3 though nothing is split.",
     "3"},
    {"answer_crc_error", "I", "9011 with QnRtn=9 for a wrong sum instead of silence.", "no"},
    {"resend_same_qn", "1", "A resend repeats the same bytes, QN included.", "yes"},
    {"heartbeat", "Q25", "9015 is spoken.", "yes in 2025, else no"},
    {"backfill_mark", "Q25", "RF=1 in data that is sent late.", "yes in 2025, else no"},
    {"cap_over_range", "Q25",
     "A value with too many digits becomes the largest one of its format (8.1.1 d).",
     "yes in 2025, else no: refused"},
    {"digits_2025", "Q25", "Digits of nine gas codes as 2025 is quoted.", "yes in 2025, else no"},
    {"calibration_type", "1", "CalibrationType (0 zero, 1 span) in 3011.", "yes in 2025, else no"},
    {"retained_sample_cn", "1", "Command of the upload of retained samples (C.63).", "2031"},
};

const struct hj212_setting *hj212_profile_settings(size_t *count)
{
    *count = sizeof settings / sizeof *settings;
    return settings;
}
