"$TLSC" TC0301-good.tls -o TC0901.bin &&
	"$TLSC" verify --format "${1:-human}" TC0901.bin
