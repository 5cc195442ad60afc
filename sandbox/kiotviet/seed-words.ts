export const GROUPS = [
  "Đồ uống",
  "Trà",
  "Cà phê",
  "Bánh kẹo",
  "Gia vị",
  "Mì và bún",
  "Sữa",
  "Đồ dùng nhà bếp",
  "Chăm sóc nhà cửa",
  "Văn phòng phẩm",
  "Mỹ phẩm",
  "Đồ chơi",
] as const;

export const THINGS = [
  "Trà sen",
  "Trà lài",
  "Cà phê rang xay",
  "Cà phê hòa tan",
  "Nước mắm",
  "Nước tương",
  "Bánh quy bơ",
  "Kẹo dừa",
  "Mứt gừng",
  "Bún khô",
  "Miến dong",
  "Gạo thơm",
  "Sữa hạt",
  "Mật ong",
  "Tiêu đen",
  "Muối ớt",
  "Dầu gội bồ kết",
  "Xà phòng sả",
  "Nước rửa chén",
  "Khăn bông",
  "Bát sứ",
  "Đũa tre",
  "Sổ tay",
  "Bút bi",
] as const;

export const KINDS = [
  "loại một",
  "truyền thống",
  "hảo hạng",
  "ít ngọt",
  "vị mới",
  "gia đình",
] as const;

export const SIZES = ["100 g", "250 g", "500 g", "1 kg", "cỡ nhỏ", "cỡ lớn", "hộp quà"] as const;

export const UNITS = ["hộp", "gói", "chai", "cái", "túi", "lốc"] as const;

export const MAKERS = ["Ví Dụ", "Hương Mẫu", "Sao Thử", "Làng Giả Định", "Mẫu Tử Tế"] as const;

export const SENTENCES = [
  "Sản phẩm được chọn từ nguyên liệu tươi, đóng gói kín để giữ trọn hương vị.",
  "Bảo quản nơi khô ráo, thoáng mát, tránh ánh nắng trực tiếp.",
  "Phù hợp để dùng hằng ngày hoặc làm quà biếu cho người thân.",
  "Sau khi mở bao bì nên dùng hết trong ba mươi ngày.",
  "Hàng mẫu, chỉ dùng để thử phần mềm và không có ngoài thị trường.",
  "Thiết kế gọn nhẹ, dễ cất giữ và dễ lau chùi.",
  "Có thể đổi trả trong bảy ngày nếu bao bì còn nguyên.",
] as const;
